"""What the shell offers when Tab is pressed, read from file names and YAML keys alone."""

import re
from pathlib import Path

from xinzhi.config import catalog, declared, project

SHELLS = ("bash", "zsh")
_TOP_KEY = re.compile(r"([A-Za-z]\w*):")
_BASH = r"""_xinzhi() {
  local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
  local word="${line##* }" before=""
  # bash ends a word at `=`, so that what stands before it is not offered again
  [[ $word == *=* ]] && before="${word%=*}="
  local found=($("${COMP_WORDS[0]}" --complete "$line" 2>/dev/null))
  COMPREPLY=("${found[@]#"$before"}")
}
complete -o default -o nospace -F _xinzhi xinzhi
"""
_ZSH = r"""#compdef xinzhi
_xinzhi() {
  local -a found
  found=("${(@f)$("${words[1]}" --complete "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  found=("${(@)found:#}")
  if (( $#found )); then
    compadd -Q -S '' -- "${found[@]}"
  else
    compset -P '*='
    _files
  fi
}
compdef _xinzhi xinzhi
"""


def script(shell: str) -> str:
    """The code that a shell reads once: `source <(xinzhi completion bash)`."""
    return {"bash": _BASH, "zsh": _ZSH}[shell]


def candidates(line: str) -> list[str]:
    """What could stand where the line ends.

    Args:
        line: the command line up to the cursor, the program's name first.
    """
    words = line.split(" ")
    typed = words[-1]
    names = catalog.pipelines(project.packaged_pipelines())
    if len(words) <= 2:
        offered = [f"{name} " for name in [*names, "--help", "--version"]]
    elif words[1] not in names:
        offered = []
    else:
        told = declared.of_pipeline(words[1].replace("-", "_"))
        offered = _values(told, typed) if "=" in typed else _keys(told, typed)
    return [one for one in offered if one.startswith(typed)]


def _keys(told: declared.Declared, typed: str) -> list[str]:
    group, dot, _ = typed.partition(".")
    if dot and group in told.groups:
        return [f"{group}.{key}=" for key in _keys_of_group(group)]
    offered = [f"{group}=" for group in told.groups] + [f"{key.name}=" for key in told.keys]
    return [*offered, "--help "] if typed.startswith("-") else offered


def _values(told: declared.Declared, typed: str) -> list[str]:
    key = typed.partition("=")[0]
    if key in told.groups:
        options = catalog.options(project.conf_folders(), key)
        full = dict.fromkeys([o.rpartition("/")[2] for o in options] + options)
        return [f"{key}={option} " for option in full]
    closed = next((one.choices for one in told.keys if one.name == key), ())
    return [f"{key}={choice} " for choice in closed]


def _keys_of_group(group: str) -> list[str]:
    files = [f for folder in project.conf_folders() for f in (folder / group).rglob("*.yaml")]
    return sorted({key for file in files for key in _top_keys(file)})


def _top_keys(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [m[1] for m in map(_TOP_KEY.match, lines) if m and m[1] != "defaults"]
