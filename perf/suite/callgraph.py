"""Who calls whom in an executable, as its disassembly says: direct calls and tail jumps.

Read from `objdump` (GNU or LLVM). A call through a register or a table is counted, not followed.
"""

import bisect
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .errors import HarnessError

SYMBOL = re.compile(
    r"^([0-9a-f]+)\s(.{7})\s(\S+)\s+([0-9a-f]+)\s+(?:(?:\.hidden|\.protected|0x\w+)\s+)*(.+)$"
)
INSTRUCTION = re.compile(
    r"^\s*([0-9a-f]+):\s+(?:(?:bnd|notrack|rep|lock|data16|cs|ds)\s+)*([a-z][\w.]*)\s*(.*)$"
)
TARGET = re.compile(r"^(?:.*,\s*)?(?:0x)?([0-9a-f]+)\s+<([^>]+)>")
SLOT = re.compile(r"#\s*(?:0x)?([0-9a-f]+)(?:\s+<([^>]+)>)?")
RELOCATION = re.compile(r"^([0-9a-f]+)\s+R_\S+\s+(\S+)")
# x86-64 and AArch64.
CALLS = re.compile(r"^(?:callq?|bl)$")
JUMPS = re.compile(r"^(?:j[a-z]+|b|b\.\w+|cbn?z|tbn?z)$")
INDIRECT_CALLS = re.compile(r"^(?:blra?\w*)$")


@dataclass
class Function:
    """One piece of code and the names it has; outside functions have a name only."""

    start: int
    size: int
    names: list[str]
    callees: set[int] = field(default_factory=set)
    indirect_calls: int = 0


@dataclass
class CallGraph:
    functions: dict[int, Function]

    def names_everywhere(self) -> list[str]:
        return [name for function in self.functions.values() for name in function.names]


def tool(*names: str) -> str:
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise HarnessError(f"{' or '.join(names)} is missing (Debian: binutils, or llvm)")


def output_lines(command: list[str]) -> list[str]:
    outcome = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if outcome.returncode != 0:
        raise HarnessError(f"{command[0]}: {outcome.stderr.strip().splitlines()[-1:] or 'failed'}")
    return outcome.stdout.splitlines()


def read(program: Path) -> CallGraph:
    if not program.exists():
        raise HarnessError(f"{program} is not there; `make build` makes it")
    objdump = tool("objdump", "llvm-objdump")
    functions = read_symbols(objdump, program)
    if not functions:
        raise HarnessError(f"{program} has no symbols: the audit needs the unstripped build")
    slots = read_slots(objdump, program)
    Reader(functions, slots).read(
        output_lines([objdump, "-d", "--no-show-raw-insn", str(program)])
    )
    return CallGraph(functions)


def read_symbols(objdump: str, program: Path) -> dict[int, Function]:
    functions: dict[int, Function] = {}
    for line in output_lines([objdump, "-t", str(program)]):
        found = SYMBOL.match(line)
        # The last of the seven flag columns is F for a function; no size: no code of ours.
        if found is None or "F" not in found[2] or found[3] == "*UND*":
            continue
        start, size, name = int(found[1], 16), int(found[4], 16), found[5]
        function = functions.setdefault(start, Function(start, size, []))
        function.size = max(function.size, size)
        function.names.append(name)
    return functions


def read_slots(objdump: str, program: Path) -> dict[int, str]:
    """The table of addresses that the loader fills: slot -> name of the function behind it."""
    slots = {}
    for line in output_lines([objdump, "-R", str(program)]):
        found = RELOCATION.match(line)
        if found is not None and not found[2].startswith("*"):
            slots[int(found[1], 16)] = bare(found[2])
    return slots


def bare(name: str) -> str:
    """A symbol without its version (`@GLIBC_2.2.5`) and stub (`@plt`)."""
    return name.split("@")[0].split("+0x")[0]


class Reader:
    """Turns the disassembly into edges. Outside functions get negative addresses."""

    def __init__(self, functions: dict[int, Function], slots: dict[int, str]):
        self.functions = functions
        self.slots = slots
        self.starts = sorted(functions)
        self.outside: dict[str, int] = {}

    def read(self, lines: list[str]) -> None:
        caller: Function | None = None
        for line in lines:
            found = INSTRUCTION.match(line)
            if found is None:
                continue
            address, mnemonic, operands = int(found[1], 16), found[2], found[3]
            if caller is None or not caller.start <= address < caller.start + caller.size:
                caller = self.function_at(address)
            if caller is not None:
                self.instruction(caller, mnemonic, operands)

    def function_at(self, address: int) -> Function | None:
        index = bisect.bisect_right(self.starts, address) - 1
        if index < 0:
            return None
        function = self.functions[self.starts[index]]
        return function if address < function.start + function.size else None

    def instruction(self, caller: Function, mnemonic: str, operands: str) -> None:
        is_call = CALLS.match(mnemonic) is not None
        if not is_call and not JUMPS.match(mnemonic):
            if INDIRECT_CALLS.match(mnemonic):
                caller.indirect_calls += 1
            return
        if operands.startswith("*"):
            slot = SLOT.search(operands)
            name = self.slots.get(int(slot[1], 16)) if slot else None
            if name is not None:
                caller.callees.add(self.node_of(name))
            elif is_call:
                # A jump through a register is nearly always a switch: only calls are counted.
                caller.indirect_calls += 1
            return
        target = TARGET.match(operands)
        if target is None:
            return
        callee = self.function_at(int(target[1], 16))
        if callee is None:
            caller.callees.add(self.node_of(bare(target[2])))
        elif callee is not caller or is_call:
            caller.callees.add(callee.start)

    def node_of(self, name: str) -> int:
        """A function known by name: one of ours, or one of a shared library."""
        if name not in self.outside:
            node = -1 - len(self.outside)
            self.outside[name] = node
            self.functions[node] = Function(node, 0, [name])
        return self.outside[name]


def demangle(names: list[str]) -> dict[str, str]:
    """Swift's names as they were written; others stay as they are."""
    mangled = sorted({name for name in names if name.startswith(("$s", "$S", "_$s", "_$S"))})
    if not mangled:
        return {}
    known = shutil.which("swift-demangle")
    command = [known] if known else [tool("swift"), "demangle"]
    outcome = subprocess.run(command, input="\n".join(mangled) + "\n", capture_output=True, text=True)
    readable = outcome.stdout.splitlines()
    if outcome.returncode != 0 or len(readable) != len(mangled):
        raise HarnessError(f"{' '.join(command)} did not answer a line for each name")
    return dict(zip(mangled, readable))
