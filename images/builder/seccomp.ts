import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Architecture } from '../../harness/common/architecture.ts'

const schema = z.strictObject({
  allowed: z.string().transform((text) => text.split(/\s+/).filter((word) => word !== '')),
  socketFamilies: z.array(z.int()),
  cloneForbiddenFlags: z.int(),
  personalities: z.array(z.int()),
})

const rules = schema.parse(parse(readFileSync(join(import.meta.dirname, '..', 'seccomp.yml'), 'utf8')))

const allow = 'SCMP_ACT_ALLOW'
const operationNotPermitted = 1
const notImplemented = 38

const whereFirstArgument = (name: string, value: number): object => ({
  names: [name],
  action: allow,
  args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
})

/** `linux.seccomp` of config.json: an allow list for the image's own architecture only. */
export const seccompFilter = (architecture: Architecture): object => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: operationNotPermitted,
  architectures: [architecture === 'x86_64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64'],
  syscalls: [
    { names: rules.allowed, action: allow },
    {
      names: ['clone'],
      action: allow,
      args: [{ index: 0, value: rules.cloneForbiddenFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: notImplemented },
    ...rules.socketFamilies.map((family) => whereFirstArgument('socket', family)),
    ...rules.personalities.map((persona) => whereFirstArgument('personality', persona)),
  ],
})
