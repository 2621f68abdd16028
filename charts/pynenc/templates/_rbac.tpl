{{/* What the operator may do in a namespace that it serves; the same as NAMESPACE_RULES in pynenc_operator/rbac.py. */}}
{{- define "pynenc.rules" -}}
- apiGroups: [pynenc.io]
  resources: [apps, workerpools, tasks, triggers, workflows, invocations]
  verbs: [get, list, watch]
- apiGroups: [pynenc.io]
  resources: [invocations]
  verbs: [delete]
- apiGroups: [pynenc.io]
  resources: [apps/status, workerpools/status, tasks/status, triggers/status, workflows/status, invocations/status]
  verbs: [patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* What it may do in its own namespace to elect a leader and to prove that watches deliver; the same as LEASE_RULES in pynenc_operator/rbac.py. */}}
{{- define "pynenc.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update]
{{- end }}
