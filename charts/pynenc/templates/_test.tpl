{{/* Metadata of what `helm test` makes: a list of context, weight and further labels. */}}
{{- define "pynenc.testMetadata" -}}
{{- $root := index . 0 -}}
name: {{ include "pynenc.fullname" $root }}-test
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "pynenc.labels" (list $root "test") | nindent 2 }}
  {{- with index . 2 }}
  {{- . | nindent 2 }}
  {{- end }}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ index . 1 | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Where the URL of the test's store is. */}}
{{- define "pynenc.testSecret" -}}
{{- $reference := .Values.test.urlSecretRef -}}
name: {{ default (include "pynenc.redisSecretName" .) $reference.name }}
key: {{ ternary $reference.key "url" (not (empty $reference.name)) }}
{{- end }}
