import type { Architecture } from '../common/architecture.ts'
import { cachePath } from '../common/cache.ts'
import { DrydockError } from '../common/errors.ts'
import { DecisionCache } from './accelerator/decision-cache.ts'
import { type SmokeResult, smokeBoot } from './accelerator/smoke-guest.ts'
import { machineArchitectures } from './architectures.ts'
import { isRoot } from './process/confinement.ts'
import { kvmAccess, kvmDevice } from './process/kvm-access.ts'
import type { Qemu } from './qemu.ts'

/** `require`: KVM or an error. `prefer`: KVM where it works. `never`: emulation. */
export const acceleratorPolicies = ['require', 'prefer', 'never'] as const
export type AcceleratorPolicy = (typeof acceleratorPolicies)[number]

export interface AcceleratorDecision {
  readonly used: 'kvm' | 'tcg'
  readonly policy: AcceleratorPolicy
  /** One clause, for people: why this one is used. */
  readonly reason: string
}

export interface AcceleratorOptions {
  /** CPU model the guest will have. @default the architecture's default */
  readonly cpu?: string | undefined
  /** @default cachePath('accelerator') */
  readonly cacheDirectory?: string
  /** @default /dev/kvm */
  readonly device?: string
}

/**
 * Decides how guests are run. That KVM's device exists proves nothing: a smoke boot decides, whose result is kept for as
 * long as the host is up. Throws `KVM_REQUIRED` where policy requires KVM and it does not work.
 */
export const decideAccelerator = async (
  qemu: Qemu,
  architecture: Architecture,
  policy: AcceleratorPolicy,
  options: AcceleratorOptions = {},
): Promise<AcceleratorDecision> => {
  if (policy === 'never') return { used: 'tcg', policy, reason: 'policy is to never use KVM' }
  const { works, reason } = await tryKvm(qemu, architecture, options)
  if (works) return { used: 'kvm', policy, reason: `KVM works: ${reason}` }
  if (policy === 'prefer') return { used: 'tcg', policy, reason: `no KVM: ${reason}` }
  throw new DrydockError(`expected KVM for ${architecture}, since policy requires it: ${reason}`, {
    code: 'KVM_REQUIRED',
    blame: 'testbed',
    phase: 'prepare',
    hint: 'Run on a host whose KVM works, or let it fall back to emulation with --accel prefer.',
  })
}

const tryKvm = async (
  qemu: Qemu,
  architecture: Architecture,
  { cpu, cacheDirectory = cachePath('accelerator'), device = kvmDevice }: AcceleratorOptions,
): Promise<SmokeResult> => {
  const { hostArch, defaultCpu } = machineArchitectures[architecture]
  if (process.arch !== hostArch) {
    return { works: false, reason: `this host's CPU (${process.arch}) does not run ${architecture}` }
  }
  const access = await kvmAccess(isRoot(), device)
  if (access.way === 'none') return { works: false, reason: access.reason }
  const model = cpu ?? defaultCpu.kvm
  const cache = new DecisionCache(cacheDirectory)
  const known = await cache.get(qemu, model, device)
  if (known !== undefined) return known
  const result = await smokeBoot({ qemu, accelerator: 'kvm', cpu: model, access })
  await cache.set(qemu, model, device, result)
  return result
}
