import type { MachineArchitecture } from './architectures.ts'
import { isOlder } from './qemu.ts'

/** The CPU model of a guest whose target names none. */
export const defaultCpuOf = (
  { defaultCpu, olderTcg }: MachineArchitecture,
  accelerator: 'kvm' | 'tcg',
  qemuVersion: string,
): string => {
  const older = olderTcg.find(({ before }) => isOlder(qemuVersion, before))
  return accelerator === 'tcg' && older !== undefined ? older.cpu : defaultCpu[accelerator]
}
