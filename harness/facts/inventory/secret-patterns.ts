/** Something that must never be in an image, since whoever has the image has it too. */
export interface SecretPattern {
  readonly what: string
  /** Bytes without which it is not worth to look closer. */
  readonly anchor: string
  /** The whole of it, tried on what surrounds the anchor. */
  readonly form: RegExp
}

/** Base64 of a key's first bytes at the least: programs that only read keys have the header, and no body. */
const body = '(?:\\r?\\n|\\\\n)(?:[A-Za-z-]+: [^\\n]*\\r?\\n|\\r?\\n)*[A-Za-z0-9+/]{40}'

const token = (what: string, anchor: string, rest: string): SecretPattern => ({
  what,
  anchor,
  // Not in the middle of a longer word, as in a table of symbols.
  form: new RegExp(`(?<![A-Za-z0-9_-])${anchor}${rest}(?![A-Za-z0-9_-])`),
})

/** Forms as their makers document them; none that only looks random, which would find every hash. */
export const secretPatterns: readonly SecretPattern[] = [
  {
    what: 'private key',
    anchor: 'PRIVATE KEY-----',
    form: new RegExp(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----${body}`),
  },
  {
    what: 'PGP private key',
    anchor: 'PRIVATE KEY BLOCK-----',
    form: new RegExp(`-----BEGIN PGP PRIVATE KEY BLOCK-----${body}`),
  },
  {
    // The key of dropbear(8): a string with its type, then the key itself.
    what: "dropbear's private key",
    anchor: '\0\0\0\x0bssh-ed25519',
    form: /^\0\0\0\x0bssh-ed25519\0\0\0@[\s\S]{64}/,
  },
  {
    what: "dropbear's private key",
    anchor: '\0\0\0\x07ssh-rsa',
    form: /^\0\0\0\x07ssh-rsa\0\0\0[\x01-\x04][\s\S]{200}/,
  },
  token('access key of AWS', 'AKIA', '[0-9A-Z]{16}'),
  token('token of GitHub', 'ghp_', '[A-Za-z0-9]{36}'),
  token('token of GitHub', 'gho_', '[A-Za-z0-9]{36}'),
  token('token of GitHub', 'ghs_', '[A-Za-z0-9]{36}'),
  token('token of GitHub', 'github_pat_', '[A-Za-z0-9]{22}_[A-Za-z0-9]{59}'),
  token('token of GitLab', 'glpat-', '[A-Za-z0-9_-]{20}'),
  token('token of npm', 'npm_', '[A-Za-z0-9]{36}'),
  token('token of PyPI', 'pypi-', 'AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}'),
  token('token of Slack', 'xox', '[baprs]-[0-9]{10,13}-[A-Za-z0-9-]{20,}'),
  token('API key of Google', 'AIza', '[0-9A-Za-z_-]{35}'),
  token('live key of Stripe', 'sk_live_', '[0-9A-Za-z]{24,}'),
  token('token of Docker Hub', 'dckr_pat_', '[A-Za-z0-9_-]{27}'),
  {
    what: 'password of a container registry',
    anchor: '"auths"',
    form: /"auths"\s*:\s*\{[\s\S]{0,300}?"(?:auth|identitytoken|password)"\s*:\s*"[^"]{8,}"/,
  },
  {
    what: 'key of WireGuard',
    anchor: 'PrivateKey',
    form: /(?:^|\n)\s*PrivateKey\s*=\s*[A-Za-z0-9+/]{43}=/,
  },
]

/** Files that are secrets, or let somebody in, by their name; below any root. */
export const secretFiles: readonly (readonly [string, RegExp])[] = [
  ['keys that may log in', /\/\.ssh\/authorized_keys2?$/],
  ['keys that may log in', /^\/etc\/(ssh|dropbear)\/authorized_keys$/],
  ['host key of sshd', /^\/etc\/ssh\/ssh_host_\w+_key$/],
  ['host key of dropbear', /^\/etc\/dropbear\/dropbear_\w+_host_key$/],
  ['passwords of netrc', /^\/(root|home\/[^/]+)\/\.netrc$/],
  ['credentials of AWS', /\/\.aws\/credentials$/],
  ['credentials of Kubernetes', /\/\.kube\/config$/],
  ['token of Vault', /\/\.vault-token$/],
  ['trust of remote hosts', /^\/(etc\/hosts\.equiv|(root|home\/[^/]+)\/\.[rs]hosts)$/],
]
