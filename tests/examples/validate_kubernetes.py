"""Checks manifests against the models of Kubernetes' own Python client (pip install kubernetes), which are generated from
the published OpenAPI document: unknown fields, missing ones and wrong types are errors. Prints the version of the API."""

import sys

import kubernetes.client
import yaml

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for manifest in yaml.safe_load_all(file):
            group, _, version = manifest["apiVersion"].rpartition("/")
            model = getattr(kubernetes.client, version.capitalize() + manifest["kind"])
            model.model_validate(manifest)
print(kubernetes.__version__)
