import { architectures } from '../common/architecture.ts'
import type { Experiment } from './experiment.ts'
import { binariesExperiment } from './experiments/binaries.ts'
import { bootExperiment } from './experiments/boot.ts'
import { bootSizesExperiment } from './experiments/boot-sizes.ts'
import { catalogueExperiment, checkCountsExperiment } from './experiments/catalogue.ts'
import { commandLineExperiment } from './experiments/command-line.ts'
import { commandsExperiment } from './experiments/commands.ts'
import { forkExperiment } from './experiments/fork.ts'
import { forkCountsExperiment } from './experiments/fork-counts.ts'
import { forkSizesExperiment } from './experiments/fork-sizes.ts'
import { initrdExperiment } from './experiments/initrd.ts'
import { kconfigExperiment } from './experiments/kconfig.ts'
import { measuresExperiment } from './experiments/measures.ts'
import { peersOnce, peersTenTimes } from './experiments/peers.ts'
import { reportPageExperiment } from './experiments/report-page.ts'

/** Everything that `npm run bench` measures, in the order in which it is shown. */
export const experiments: readonly Experiment[] = [
  commandLineExperiment,
  kconfigExperiment,
  binariesExperiment,
  reportPageExperiment,
  ...architectures.map(initrdExperiment),
  ...architectures.map(bootExperiment),
  ...architectures.map(commandsExperiment),
  ...architectures.map(forkExperiment),
  ...architectures.map(forkCountsExperiment),
  catalogueExperiment,
  ...architectures.map(peersOnce),
  ...architectures.map(peersTenTimes),
  ...architectures.map(bootSizesExperiment),
  ...architectures.map(forkSizesExperiment),
  checkCountsExperiment,
  ...architectures.map(measuresExperiment),
]
