"""The child process: takes one file from standard input, limits itself, answers on standard output.

Question: a line of JSON (`task` and its arguments), then the bytes. Answer: a line of JSON, then bytes.
"""

import json
import resource
import sys
from dataclasses import asdict, replace
from typing import Any

from upt_portal.kernel.inspection import findings
from upt_portal.kernel.inspection.findings import PDF, Inspection, Refused


def limit_this_process() -> None:
    """10 s of processor, 512 MiB of memory, an answer of at most 128 MiB, no core file (reliability D3)."""
    resource.setrlimit(resource.RLIMIT_CPU, (findings.CPU_SECONDS, findings.CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (findings.ADDRESS_SPACE, findings.ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (findings.MAX_ANSWER, findings.MAX_ANSWER))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect(data: bytes) -> Inspection:
    """What the file is, refusals included as values."""
    content_type = findings.type_of(data)
    try:
        if not content_type:
            raise Refused("type")
        if content_type != PDF:
            from upt_portal.kernel.inspection import pictures

            return pictures.inspect(data, content_type)
        from upt_portal.kernel.inspection import pdfs, sight

        found = pdfs.inspect(data)
        return replace(found, has_colour=sight.pdf_has_colour(found.served))
    except Refused as refused:
        return Inspection(
            content_type=content_type,
            refusal=refused.code,
            detail=refused.detail,
            encrypted=refused.code == "password",
            active=tuple(refused.detail.split()) if refused.code == "active" else (),
        )


def answer(question: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer to one question: what to say, and the bytes that go with it."""
    if question["task"] == "inspect":
        found = inspect(data)
        said = {name: value for name, value in asdict(found).items() if name != "served"}
        return said, found.served
    from upt_portal.kernel.inspection import sight

    content_type = findings.type_of(data)
    if question["task"] == "picture":
        drawn, pages = sight.page_picture(data, content_type, question["page"], question["width"])
        return {"pages": pages}, drawn
    if question["task"] == "codes":
        return {"codes": sight.codes(data, content_type)}, b""
    if question["task"] == "marks":
        return {"marks": sight.marks(data, content_type)}, b""
    raise ValueError(f"unknown task {question['task']}")


def main() -> None:
    """Answers one question and ends; what it cannot do it dies of, and the parent draws its conclusion."""
    limit_this_process()
    line = sys.stdin.buffer.readline()
    data = sys.stdin.buffer.read()
    try:
        said, payload = answer(json.loads(line), data)
    except Refused as refused:
        said, payload = {"refusal": refused.code, "detail": refused.detail}, b""
    except MemoryError:
        said, payload = {"refusal": "bomb", "detail": "memory"}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + payload)
