import type { Image } from '../../image/image.ts'
import { collectNames, type Name } from './at-rest.ts'
import type { Collected } from './collected.ts'

/** Programs by their names, with what may follow: a version, or the target of a cross compiler in front. */
interface Named {
  readonly what: string
  readonly names: RegExp
}

const version = '(?:-?\\d[\\d.]*)?'
const named = (what: string, names: string): Named => ({ what, names: new RegExp(`^(?:${names})$`) })

export const interpreters: readonly Named[] = [
  named('shell', '(?:ba|da|k|mk|c|tc|z|a|hu|fi|r|yash|pw)?sh'),
  named('multi-call program with a shell', 'busybox(?:\\.\\w+)?|toybox|sbase-box'),
  named('Python', `(?:python|pypy|micropython)${version}`),
  named('Perl', `perl${version}`),
  named('Ruby', `(?:m?ruby|irb|jruby)${version}`),
  named('Lua', `(?:lua|luajit)${version}`),
  named('JavaScript', 'node(?:js)?|deno|bun|qjs|mujs|gjs'),
  named('PHP', `php(?:-cgi|-fpm)?${version}`),
  named('Tcl', `(?:tclsh|wish|expect|jimsh)${version}`),
  named('awk', '(?:g|m|n|og)?awk'),
  named('Java', 'java|jshell'),
  named('Scheme or Lisp', `guile${version}|sbcl|clisp|racket|emacs`),
  named('.NET', 'dotnet|mono'),
]

export const compilers: readonly Named[] = [
  named('C compiler', `(?:[\\w]+-[\\w-]+-)?(?:gcc|g\\+\\+|cc|c\\+\\+|cpp|clang|clang\\+\\+|tcc)${version}`),
  named('compiler of GCC', 'cc1|cc1plus|collect2|lto1|gnat1|f951'),
  named(
    'assembler or linker',
    `(?:[\\w]+-[\\w-]+-)?(?:as|ld|ld\\.bfd|ld\\.gold|ld\\.lld|lld|mold)${version}`,
  ),
  named('Go', 'go|gofmt|gccgo'),
  named('Rust', 'rustc|cargo|rustup'),
  named('build tool', 'make|gmake|cmake|ninja|meson'),
  named('debugger or tracer', `gdb|gdbserver|lldb${version}|strace|ltrace|bpftrace|bpftool|perf`),
  named('Java compiler', 'javac'),
]

export const packageManagers: readonly Named[] = [
  named('Debian', 'dpkg|dpkg-\\w+|apt|apt-\\w+|aptitude|debootstrap'),
  named('RPM', 'rpm|rpm2cpio|dnf[45]?|microdnf|yum|zypper|tdnf|urpmi|rpm-ostree'),
  named('Alpine', 'apk|apk\\.static'),
  named('Arch', 'pacman|pacman-\\w+|makepkg'),
  named('OpenWrt and Yocto', 'opkg|opkg-cl|ipkg'),
  named('Gentoo', 'emerge|ebuild|equery'),
  named('Nix and Guix', 'nix|nix-\\w+|guix'),
  named('bundles', 'snap|snapd|flatpak|swupd|brew'),
  named(
    'updater of itself',
    'unattended-upgrades?|packagekitd|fwupd|rauc|swupdate|mender|omaha|update_engine',
  ),
  named(
    'programming languages',
    'pip|pip3|pipx|uv|npm|npx|yarn|pnpm|gem|bundle|cpan|luarocks|conda|mamba|composer',
  ),
]

/** Where package managers keep what they have installed, below any root. */
const databases: readonly (readonly [string, RegExp])[] = [
  ['Debian', /^\/var\/lib\/(dpkg|apt)(\/(status|info|status\.d|available|lists))?$/],
  ['RPM', /^\/(var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm|var\/lib\/(dnf|yum|zypp))$/],
  ['Alpine', /^\/(usr\/)?(lib\/apk(\/db)?|etc\/apk)$/],
  ['Arch', /^\/var\/lib\/pacman$/],
  ['OpenWrt and Yocto', /^\/(var|usr)\/lib\/opkg$/],
  ['Gentoo', /^\/var\/db\/pkg$/],
  ['Nix', /^\/nix\/(store|var)$/],
  ['settings', /^\/etc\/(apt|yum\.repos\.d|dnf|zypp|pacman\.d|opkg)$/],
]

const isRunnable = ({ entry }: Name): boolean =>
  entry.type === 'symlink' || (entry.type === 'file' && (entry.mode & 0o111) !== 0)

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const programNamed = (name: Name, table: readonly Named[]): string | undefined =>
  isRunnable(name) ? table.find(({ names }) => names.test(lastPart(name.path)))?.what : undefined

export const programsNamed = (image: Image, table: readonly Named[]): Collected =>
  collectNames(image, (name) => programNamed(name, table))

// BusyBox has the names of all that it can be as one list in order, each with a NUL behind it.
const busyboxMark = Buffer.from('BusyBox v')
const mostBusyboxBytes = 16 * 1024 ** 2

/** Applets of a multi-call program that are package managers, whether links lead to them or not. */
const packageApplets = (bytes: Buffer): readonly string[] => {
  if (!bytes.includes(busyboxMark)) return []
  return ['dpkg', 'dpkg-deb', 'rpm', 'rpm2cpio', 'opkg'].filter((name) => bytes.includes(`\0${name}\0`))
}

/** Package managers of the image: programs, parts of programs, and their databases. */
export const packageManagersAtRest = async (image: Image): Promise<Collected> => {
  const applets = new Map<string, readonly string[]>()
  const unread: { subject: string; reason: string }[] = []
  const candidates: Name[] = []
  collectNames(
    image,
    (name) => {
      if (/^busybox/.test(lastPart(name.path)) && name.entry.size <= mostBusyboxBytes) candidates.push(name)
      return undefined
    },
    'file',
  )
  for (const { subject, entry } of candidates) applets.set(subject, packageApplets(await entry.read()))
  const collected = collectNames(image, (name) => {
    const program = programNamed(name, packageManagers)
    if (program !== undefined) return `package manager (${program})`
    const database = databases.find(([, path]) => path.test(name.path))
    if (database !== undefined) return `database of a package manager (${database[0]})`
    const parts = applets.get(name.subject) ?? []
    return parts.length === 0 ? undefined : `package managers built in: ${parts.join(', ')}`
  })
  return { ...collected, unread: [...collected.unread, ...unread] }
}
