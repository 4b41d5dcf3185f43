import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Seccomp } from '../../image/oci-spec.ts'

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))

const data = z
  .strictObject({
    allowed: words,
    socketFamilies: z.strictObject({ below: z.int(), single: z.array(z.int()) }),
    personalities: z.array(z.int()),
    cloneForbiddenFlags: z.int(),
    withCapability: z.record(z.string(), words),
  })
  .parse(parse(readFileSync(join(import.meta.dirname, 'docker-default.yml'), 'utf8')))

type Rule = Seccomp['syscalls'][number]
type Operator = Rule['args'][number]['op']

const rule = (names: readonly string[], args: Rule['args'] = []): Rule => ({
  names: [...names],
  action: 'SCMP_ACT_ALLOW',
  args,
})

const onFirst = (name: string, op: Operator, value: number): Rule =>
  rule([name], [{ index: 0, op, value, valueTwo: 0 }])

/** Docker's default profile as it gives it to the runtime for a container with these capabilities. */
export const dockerDefault = (capabilities: readonly string[]): Seccomp => {
  const { below, single } = data.socketFamilies
  const granted = capabilities.flatMap((name) => data.withCapability[name] ?? [])
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: [],
    syscalls: [
      rule(data.allowed),
      onFirst('socket', 'SCMP_CMP_LT', below),
      ...single.map((family) => onFirst('socket', 'SCMP_CMP_EQ', family)),
      ...data.personalities.map((persona) => onFirst('personality', 'SCMP_CMP_EQ', persona)),
      ...(granted.includes('clone')
        ? []
        : [onFirst('clone', 'SCMP_CMP_MASKED_EQ', data.cloneForbiddenFlags)]),
      ...(granted.length === 0 ? [] : [rule(granted)]),
    ],
  }
}
