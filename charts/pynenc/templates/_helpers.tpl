{{/* The chart's name, short enough for labels. */}}
{{- define "pynenc.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* The name of the release's objects; room is left for suffixes. */}}
{{- define "pynenc.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "pynenc.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "pynenc.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "pynenc.redisName" -}}
{{- printf "%s-redis" (include "pynenc.fullname" .) }}
{{- end }}

{{- define "pynenc.redisSecretName" -}}
{{- default (include "pynenc.redisName" .) .Values.redis.existingSecret }}
{{- end }}

{{- define "pynenc.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "pynenc.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Labels that select pods, and never change: a list of context and component. */}}
{{- define "pynenc.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "pynenc.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* All labels of an object: a list of context and component. */}}
{{- define "pynenc.labels" -}}
{{- $root := index . 0 -}}
{{ include "pynenc.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pynenc
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* An image reference: a list of the image's values and the tag to use if they name none. */}}
{{- define "pynenc.image" -}}
{{- $image := index . 0 -}}
{{- with $image.registry }}{{ . }}/{{ end }}
{{- $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default (index . 1) $image.tag }}{{ end }}
{{- end }}

{{/* Namespaces that the operator serves by name, as JSON; empty when it serves all. */}}
{{- define "pynenc.namespaces" -}}
{{- if has "*" .Values.watchNamespaces }}[]
{{- else }}{{ default (list .Release.Namespace) .Values.watchNamespaces | toJson }}
{{- end }}
{{- end }}

{{/* Where pods may run: the values of a component that has the four fields for it. */}}
{{- define "pynenc.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Whether there is a test: it needs a store, and an operator that serves the namespace of the release. */}}
{{- define "pynenc.hasTest" -}}
{{- $namespaces := include "pynenc.namespaces" . | fromJsonArray }}
{{- $isServed := or (empty $namespaces) (has .Release.Namespace $namespaces) }}
{{- if and .Values.test.enabled (or .Values.redis.enabled .Values.test.urlSecretRef.name) $isServed }}true{{ end }}
{{- end }}
