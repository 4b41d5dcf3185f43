/** A file that starts with `#!`. */
export interface Interpreter {
  /** The program that runs it, as it is written. */
  readonly path: string
  /** All that follows, as one word: the kernel does not split it. */
  readonly argument: string | undefined
}

// The kernel looks at the first 256 bytes (include/linux/binfmts.h, BINPRM_BUF_SIZE).
export const scriptHeadBytes = 256

/** Undefined for what the kernel would not take for a script (fs/binfmt_script.c). */
export const readInterpreter = (head: Buffer): Interpreter | undefined => {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined
  const line = head.toString('latin1', 2, scriptHeadBytes).split('\n', 1)[0]?.split('\0', 1)[0] ?? ''
  const [, path, argument] = /^[ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
  if (path === undefined) return undefined
  return { path, argument: argument === '' ? undefined : argument }
}
