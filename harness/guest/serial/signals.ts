/** Linux's signals on x86_64 and arm64, by number from 1. */
const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  )

/**
 * What a shell's `$?` says. A shell shows death by a signal as 128 + its number, and cannot tell it from an exit with
 * that code: it is taken as the signal.
 */
export const ofStatus = (
  status: number,
): { readonly exitCode: number | null; readonly signal: string | null } => {
  const signal = names[status - 129]
  return signal === undefined ? { exitCode: status, signal: null } : { exitCode: null, signal }
}
