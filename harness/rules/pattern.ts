import picomatch from 'picomatch'

/**
 * Whether a subject is the one that a pattern names. Most subjects are paths: `*` and `?` stay within one part, `**`
 * spans parts, and names that start with a dot are names like any other.
 */
export const matchesPattern = (pattern: string, subject: string): boolean =>
  pattern === subject ||
  picomatch.isMatch(subject, pattern, {
    dot: true,
    nonegate: true,
    noextglob: true,
    strictSlashes: true,
    windows: false,
  })

/** Whether a pattern names something, rather than whatever there is. */
export const namesSomething = (pattern: string): boolean => /[\p{L}\p{N}]/u.test(pattern)
