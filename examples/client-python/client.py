"""Uploads a document to Taskwire, waits until it is processed, and lists what is completed, with nothing but Python:

    python3 client.py http://127.0.0.1:8080 handbook.pdf

TASKWIRE_API_KEY is the key, where the server asks for one.
"""
import json
import os
import pathlib
import sys
import time
import urllib.parse
import urllib.request

HEADERS = {"Accept": "application/graphql-response+json, application/json"}
if key := os.environ.get("TASKWIRE_API_KEY"):
    HEADERS["Authorization"] = f"Bearer {key}"


def send(url, body, content_type):
    request = urllib.request.Request(url, data=body, headers={**HEADERS, "Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def graphql(server, query, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = send(f"{server}/graphql", body, "application/json")
    if errors := answer.get("errors"):
        raise RuntimeError("; ".join(error["message"] for error in errors))
    return answer["data"]


def upload(server, path):
    name = urllib.parse.quote(path.name)
    answer = send(f"{server}/api/v1/documents/upload?name={name}", path.read_bytes(), "application/octet-stream")
    return answer["documents"][0]


def wait(server, task_id):
    while True:
        task = graphql(server, "query ($id: ID!) { task(id: $id) { status errorMessage } }", id=task_id)["task"]
        if task["status"] not in ("PENDING", "RUNNING"):
            return task
        time.sleep(0.2)


def completed(server):
    after = None
    while True:
        page = graphql(
            server,
            """query ($after: String) {
              tasks(first: 50, after: $after, filter: {statuses: [COMPLETED]}) {
                nodes { id description }
                pageInfo { hasNextPage endCursor }
              }
            }""",
            after=after,
        )["tasks"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def main(server, path):
    task = wait(server, upload(server, pathlib.Path(path))["task"]["id"])
    print(task["status"], task["errorMessage"] or "")
    for node in completed(server):
        print(node["id"], node["description"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
