import type { Architecture } from '../common/architecture.ts'

/** COMMAND_LINE_SIZE on both architectures, with its NUL. */
const limit = 2048

/** Enough to see the kernel speak, for images whose builder gives none. */
export const defaultCommandLine: Readonly<Record<Architecture, string>> = {
  x86_64: 'console=ttyS0',
  arm64: 'console=ttyAMA0',
}

/** Blanks and line breaks at the ends do not belong to a command line. */
export const trimCommandLine = (text: string): string => text.replace(/^[\s\0]+|[\s\0]+$/g, '')

/** What keeps a trimmed text from being a kernel command line; undefined where it is one. */
export const problemWithCommandLine = (text: string): string | undefined => {
  if (/[\n\r]/.test(text)) return 'several lines'
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return 'control characters'
  return text.length >= limit ? `${text.length} characters` : undefined
}

/** What a command line has to be, in words that follow "expected". */
export const expectedCommandLine = `one line of at most ${limit - 1} characters`
