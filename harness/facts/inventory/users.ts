import { messageOf } from '../../common/errors.ts'
import type { Image } from '../../image/image.ts'
import { atRestEntries } from '../at-rest-files.ts'
import { rootOf } from '../elf-inventory.ts'
import { type Collected, inOrder } from './collected.ts'

/** What a password field says (shadow(5), crypt(5)). */
export type PasswordState = 'no password' | 'EMPTY password' | `password (${string})`

const hashMethods: readonly (readonly [RegExp, string])[] = [
  [/^\$1\$/, 'MD5'],
  [/^\$2[abxy]?\$/, 'bcrypt'],
  [/^\$5\$/, 'SHA-256'],
  [/^\$6\$/, 'SHA-512'],
  [/^\$7\$/, 'scrypt'],
  [/^\$(y|gy)\$/, 'yescrypt'],
  [/^\$/, 'of an unknown method'],
  [/^[./0-9A-Za-z]{13}$/, 'DES'],
  [/^_[./0-9A-Za-z]{19}$/, 'BSDi'],
]

/** @param field of /etc/shadow, or of /etc/passwd where there is no shadow */
export const passwordState = (field: string): PasswordState => {
  if (field === '') return 'EMPTY password'
  const method = hashMethods.find(([form]) => form.test(field))?.[1]
  // Anything that no hash can be locks the user: `*`, `!`, `!$6$...`, `x` without a shadow.
  return method === undefined ? 'no password' : `password (${method})`
}

/** By name: the password field. */
const parseShadow = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [name, password] = line.split(':')
      return name === undefined || name === '' || password === undefined ? [] : [[name, password]]
    }),
  )

/** Users of one root, as `uid 0, shell /bin/sh, no password` by name. */
export const parseUsers = (passwd: string, shadow: string | undefined): ReadonlyMap<string, string> => {
  const hashes = shadow === undefined ? undefined : parseShadow(shadow)
  const users = new Map<string, string>()
  for (const line of passwd.split('\n')) {
    const [name, password, uid, , , , shell] = line.split(':')
    if (name === undefined || name === '' || password === undefined || uid === undefined) continue
    const state = passwordState(password === 'x' ? (hashes?.get(name) ?? '*') : password)
    users.set(name, `uid ${uid}, shell ${shell === undefined || shell === '' ? '/bin/sh' : shell}, ${state}`)
  }
  for (const [name, password] of hashes ?? []) {
    if (!users.has(name)) users.set(name, `only in shadow, ${passwordState(password)}`)
  }
  return users
}

/** Users of every root of the image, `/etc/passwd:root`. */
export const usersAtRest = async (image: Image): Promise<Collected> => {
  const found: [string, string][] = []
  const unread: { subject: string; reason: string }[] = []
  let looked = 0
  for (const { subject, entry, tree } of atRestEntries(image)) {
    looked += 1
    const root = rootOf(entry.path)
    if (entry.path !== `${root}/etc/passwd` || entry.type !== 'file') continue
    try {
      const shadow = await tree.get(`${root}/etc/shadow`)?.read()
      const users = parseUsers((await entry.read()).toString('latin1'), shadow?.toString('latin1'))
      for (const [name, detail] of users) found.push([`${subject}:${name}`, detail])
    } catch (error) {
      unread.push({ subject, reason: messageOf(error) })
    }
  }
  return { entries: inOrder(found), source: `the ${looked} names of the image`, looked, unread }
}
