{{/* Roles for people, as JSON: what each may do, and the role of Kubernetes that it becomes part of. */}}
{{- define "pynenc.userRoles" -}}
viewer:
  aggregate: view
  rules:
    - apiGroups: [pynenc.io]
      resources: [apps, workerpools, tasks, triggers, workflows, invocations]
      verbs: [get, list, watch]
# Nothing here decides which pods run: Tasks and Invocations run in the pods of the WorkerPools that there are.
task-editor:
  aggregate: edit
  rules:
    - apiGroups: [pynenc.io]
      resources: [apps, workerpools]
      verbs: [get, list, watch]
    - apiGroups: [pynenc.io]
      resources: [tasks, triggers, workflows, invocations]
      verbs: [get, list, watch, create, update, patch, delete, deletecollection]
pool-admin:
  aggregate: admin
  rules:
    - apiGroups: [pynenc.io]
      resources: [apps, workerpools]
      verbs: [get, list, watch, create, update, patch, delete, deletecollection]
    - apiGroups: [pynenc.io]
      resources: [workerpools/scale]
      verbs: [get, update, patch]
{{- end }}
