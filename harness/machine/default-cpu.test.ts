import { describe, expect, it } from 'vitest'
import { machineArchitectures } from './architectures.ts'
import { defaultCpuOf } from './default-cpu.ts'

describe('defaultCpuOf', () => {
  it.each([
    ['x86_64', 'tcg', '7.2.22', 'max,-erms,-fsrm,-cx16'],
    ['x86_64', 'tcg', '8.0.0', 'max,-erms,-fsrm'],
    ['x86_64', 'kvm', '7.2.22', 'max'],
    ['arm64', 'tcg', '7.2.22', 'max,pauth-impdef=on'],
    ['arm64', 'kvm', '10.0.2', 'max'],
  ] as const)(
    'should give %s under %s of QEMU %s the model %s',
    (architecture, accelerator, version, cpu) => {
      expect(defaultCpuOf(machineArchitectures[architecture], accelerator, version)).toBe(cpu)
    },
  )
})
