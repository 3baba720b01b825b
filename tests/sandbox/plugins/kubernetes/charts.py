"""A small chart of our own: a config map, a deployment that may be left out, and the definition of a kind."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "note"
GROUP = "note.example.org"
DEFINITION = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: memos.{GROUP}}}
spec:
  group: {GROUP}
  scope: Namespaced
  names: {{kind: Memo, plural: memos, singular: memo}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  text: {{ .Values.text | quote }}
  written: {{ .Chart.Version | quote }}
"""
# Its image exists nowhere.
DEPLOYMENT = """
{{- if .Values.broken }}
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: note}}
  template:
    metadata: {labels: {app: note}}
    spec: {containers: [{name: note, image: "registry.invalid/note:1", imagePullPolicy: Never}]}
{{- end }}
"""
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}, "broken": {"type": "boolean"}}}


def write_chart(charts: Path, version: str) -> None:
    """Write the chart at a version, as the cache holds charts."""
    folder = charts / f"{NAME}-{version}"
    (folder / "templates").mkdir(parents=True)
    (folder / "crds").mkdir()
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {NAME}\nversion: {version}\nappVersion: '7'\n")
    (folder / "values.yaml").write_text("text: nothing yet\nbroken: false\n")
    (folder / "values.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "crds/memos.yaml").write_text(DEFINITION)
    (folder / "templates/config.yaml").write_text(CONFIG)
    (folder / "templates/deployment.yaml").write_text(DEPLOYMENT)
