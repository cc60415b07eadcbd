"""The verb that looks for what is wrong: doctor."""

from dataclasses import asdict

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace
from shopwright.cli.printing import plural, print_json, progress, say


def doctor(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Look for what is wrong, from Python to the last run. Ends with 1 where something is.

    \b
    Example:
      shopwright doctor
    """
    from shopwright.cli.checkups import examine

    opened = open_workspace(workspace)
    with progress(quiet=json) as report:
        findings = []
        for finding in examine(opened):
            findings.append(finding)
            report(finding.name, 0, 0)
    wrong = [one for one in findings if not one.ok]
    if json:
        print_json({"ok": not wrong, "findings": [asdict(one) for one in findings]})
    else:
        for one in findings:
            typer.secho(
                "ok     " if one.ok else "WRONG  ", fg="green" if one.ok else "red", nl=False
            )
            say(f"{one.name:<12} {one.found}")
            if not one.ok:
                say(f"{'':<20}{one.mend}")
        say()
        say(f"{plural(len(wrong), 'thing')} to mend." if wrong else "All is well.")
    if wrong:
        raise typer.Exit(1)
