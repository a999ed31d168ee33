"""``jupyter livens completion``: scripts by which shells complete the commands and options.

shtab makes them from the parser. They are static: no Python starts while one types, as it would
with argcomplete. What is added here is ``jupyter livens`` with a space, which is another command
for a shell than ``jupyter-livens``.
"""

from __future__ import annotations

import argparse
import sys

import shtab

from livens.cli.options import make_parser

_FILES = frozenset({"NOTEBOOK", "OUT", "FILE", "RECORD", "A", "B", "CONNECTION_FILE"})
_FOLDERS = frozenset({"DIR"})

_BASH = r"""
_jupyter_livens_with_a_space() {
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "livens" -- "${COMP_WORDS[1]}"))
  elif [[ ${COMP_WORDS[1]} == livens ]]; then
    COMP_WORDS=("jupyter-livens" "${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 1))
    _shtab_jupyter_livens
  fi
}
complete -p jupyter &>/dev/null ||
  complete -o bashdefault -o default -F _jupyter_livens_with_a_space jupyter
"""

_ZSH = r"""
_jupyter_livens() {
  if [[ $words[1] == (*/|)jupyter ]]; then
    if [[ $CURRENT -gt 2 && $words[2] == livens ]]; then
      words=(jupyter-livens "${(@)words[3,-1]}")
      (( CURRENT -= 1 ))
    elif [[ $CURRENT -eq 2 ]]; then
      compadd livens
      return
    else
      _default
      return
    fi
  fi
  _shtab_jupyter_livens "$@"
}

typeset -A opt_args
if [[ $funcstack[1] == _jupyter-livens ]]; then
  _jupyter_livens "$@"  # loaded from a folder in $fpath
else
  compdef _jupyter_livens jupyter-livens jupyter
fi
"""

_FISH = r"""
function _jupyter_livens_with_a_space
  set -l typed (string replace -r '^\s*jupyter\s+livens' 'jupyter-livens' -- (commandline -cp))
  complete -C "$typed"
end
complete -c jupyter -n 'string match -qr "^\s*jupyter\s+livens\s" -- (commandline -cp)' \
  -f -a '(_jupyter_livens_with_a_space)'
complete -c jupyter -n 'not string match -qr "^\s*jupyter\s+\S+\s" -- (commandline -cp)' \
  -f -a livens
"""

_WITH_A_SPACE = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def main(args: argparse.Namespace) -> int:
    """Print the script; returns 0."""
    sys.stdout.write(script(args.shell))
    return 0


def script(shell: str) -> str:
    """Return the script for a shell: bash, zsh or fish."""
    parser = make_parser()
    _name(parser)
    made = shtab.complete(parser, shell)
    if shell == "zsh":  # its own end is for one command
        made = made.partition("\ntypeset -A opt_args\n")[0]
        made = made.replace("#compdef jupyter-livens", "#compdef jupyter-livens jupyter", 1)
    return f"{made}\n{_WITH_A_SPACE[shell]}"


def _name(parser: argparse.ArgumentParser) -> None:
    """Call the command by its file's name, and say which values are files."""
    parser.prog = parser.prog.replace("jupyter livens", "jupyter-livens")
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _name(below)
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
