import type { ContainerView, LimitFile } from '../../facts/container-views.ts'
import type { Link } from '../../guest/probe.ts'
import { notAsked } from '../bundle/bundle.ts'
import { limitItem } from '../bundle/checks/resources.ts'
import { item, type LiveProperty } from './live.ts'

/** Whether a link leads to a file of another mount namespace; undefined where that cannot be told. */
const leadsOut = ({ target, mount }: Link, { mounts }: ContainerView): boolean | undefined => {
  // Pipes, sockets and memory are on no mount of anybody.
  if (target === undefined || mount === undefined || mounts === undefined) return undefined
  if (!target.startsWith('/') || target.startsWith('/memfd:')) return false
  return !mounts.some(({ id }) => id === mount)
}

const workingDirectory: LiveProperty = {
  id: 'container.working-directory',
  plural: 'directories',
  examine: (view) => {
    const { directory } = view
    const out = directory && leadsOut(directory, view)
    if (directory === undefined || out === undefined) return undefined
    const found = out
      ? `${directory.target} on a mount that is not the container's`
      : String(directory.target)
    return [item('working directory', found, !out, 'a directory of the container')]
  },
}

/** What a container's output may go to: a log of the host, which it can only add to. */
const standard: ReadonlySet<number> = new Set([0, 1, 2])

const descriptors: LiveProperty = {
  id: 'container.descriptors',
  plural: 'descriptors',
  examine: (view) => {
    const open = [...view.descriptors]
    if (open.length === 0) return undefined
    const leaks = open.flatMap(([descriptor, link]) =>
      leadsOut(link, view) === true && !standard.has(descriptor)
        ? [item(`descriptor ${descriptor}`, `${link.target} of the host`, false, 'nothing of the host')]
        : [],
    )
    return leaks.length > 0 ? leaks : [{ what: 'descriptors', found: `${open.length}, none of the host` }]
  },
}

/** Names that secrets go by, and forms that they have, of AWS, GitHub, Slack and private keys. */
const secretNames =
  /(?:^|_)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)(?:_|$)/i
const secretForms =
  /\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abprs]-[A-Za-z0-9-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/

const environment: LiveProperty = {
  id: 'container.environment',
  plural: 'variables',
  examine: ({ environment: entries }) => {
    if (entries === undefined) return undefined
    const secrets = entries.flatMap((entry) => {
      const [name = '', ...rest] = entry.split('=')
      const value = rest.join('=')
      // A path or a name of a file is not the secret itself.
      const named = secretNames.test(name) && value !== '' && !value.startsWith('/')
      return named || secretForms.test(value)
        ? [item(name, `a value of ${value.length} characters`, false, 'no secret')]
        : []
    })
    return secrets.length > 0
      ? secrets
      : [{ what: 'environment', found: `${entries.length} variables, none like a secret` }]
  },
}

/** Microseconds in microseconds, `max` for no limit (Documentation/admin-guide/cgroup-v2.rst). */
const cpuLimit: LiveProperty = {
  id: 'container.cpu-limit',
  plural: 'limits',
  examine: ({ limits }, { container }) => {
    if (!container.expectation.limits.includes('cpu')) return notAsked
    const file: LimitFile = 'cpu.max'
    const text = limits.get(file)
    if (text === undefined) return undefined
    const [quota = ''] = text.split(' ')
    return /^\d+$/.test(quota)
      ? [{ what: file, found: text }]
      : [limitItem(file, undefined, Number.MAX_SAFE_INTEGER)].map((none) => ({
          ...none,
          expected: 'a quota',
        }))
  },
}

/** What a container's first process was given. */
export const reachProperties: readonly LiveProperty[] = [workingDirectory, descriptors, environment, cpuLimit]
