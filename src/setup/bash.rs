//! bash: completions, and figures before the prompt if requested.
//!
//! Invariant: a shell that is not interactive skips all of it. The user's own `PROMPT_COMMAND` and `PS1` stay: ours run
//! after the one and stand before the other. bash expands nothing in the figures.

use std::path::PathBuf;

use super::SetupError;
use super::blocks::appended;
use super::places::Programs;
use super::plan::Plan;

/// `eval`, because bash 3 cannot source what a substitution prints.
const COMPLETIONS: &str = r#"  eval "$(COMPLETIONS)"
"#;

/// Others may set `PS1` at each prompt, so it is looked at each time. A child may inherit `PROMPT_COMMAND` and not the
/// function. A list of commands that is an array runs in whole since bash 5.1; before, only its first element does.
/// What starts the publisher is no job of this shell, which would report its end.
const PROMPT: &str = r#"  (PEEK --ensure >/dev/null 2>&1 &)
  _cco_prompt() {
    _cco_figures=$(PEEK --format plain 2>/dev/null)
    [[ ${PS1-} == *_cco_figures* ]] || PS1='${_cco_figures:+$_cco_figures }'${PS1-}
  }
  _cco_hook='declare -F _cco_prompt >/dev/null && _cco_prompt'
  case ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}/$(declare -p PROMPT_COMMAND 2>/dev/null) in
    *_cco_prompt* | */'declare -'*r*' PROMPT_COMMAND'*) ;;
    [34].*/'declare -'*a* | 5.0/'declare -'*a*) PROMPT_COMMAND+=$'\n'$_cco_hook ;;
    */'declare -'*a*' PROMPT_COMMAND'*) PROMPT_COMMAND+=("$_cco_hook") ;;
    *) PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$_cco_hook ;;
  esac
  unset _cco_hook
"#;

/// Plans a block at the end of bash's file.
pub(super) fn plan(path: PathBuf, programs: &Programs, prompt: bool) -> Result<Plan, SetupError> {
    let prompt = if prompt { PROMPT } else { "" };
    let lines = format!("if [[ $- == *i* ]]; then\n{COMPLETIONS}{prompt}fi\n");
    let with_completions = |lines: &str| lines.replace("COMPLETIONS", &programs.completions("bash"));
    // What is put in is not looked through again.
    let parts: Vec<_> = lines.split("PEEK").map(with_completions).collect();
    let lines = parts.join(&programs.peek);
    let mut plan = appended(path, &lines)?;
    plan.next.push("new shells will use it; for this shell, run: exec bash".to_owned());
    Ok(plan)
}
