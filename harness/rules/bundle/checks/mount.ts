import { normalize } from 'node:path/posix'
import type { SpecMount } from '../../../image/oci-spec.ts'

/** Whether a path is another one or lies below it; both absolute, of one file system. */
export const isWithin = (path: string, parent: string): boolean => {
  const [inner, outer] = [path, parent].map((one) => normalize(`/${one}/`)) as [string, string]
  return inner.startsWith(outer)
}

export const isBind = ({ type, options }: SpecMount): boolean =>
  type === 'bind' || options.some((option) => option === 'bind' || option === 'rbind')

/** The last of `ro` and `rw` counts; without either a mount is writable. */
export const isReadOnly = ({ options }: SpecMount): boolean =>
  options.findLast((option) => ['ro', 'rw', 'rro'].includes(option))?.endsWith('ro') === true

/** The source of a bind on the host, /var/run as what it links to; undefined where it lies in the bundle. */
export const hostSource = (mount: SpecMount): string | undefined => {
  if (!isBind(mount) || !mount.source.startsWith('/')) return undefined
  const source = normalize(mount.source)
  return source.replace(/^\/var\/run(?=\/|$)/, '/run')
}
