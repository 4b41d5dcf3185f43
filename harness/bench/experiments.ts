import { architectures } from '../common/architecture.ts'
import type { Experiment } from './experiment.ts'
import { bootExperiment } from './experiments/boot.ts'
import { bootSizesExperiment } from './experiments/boot-sizes.ts'
import { commandLineExperiment } from './experiments/command-line.ts'

/** Everything that `npm run bench` measures, in the order in which it is shown. */
export const experiments: readonly Experiment[] = [
  commandLineExperiment,
  ...architectures.map(bootExperiment),
  ...architectures.map(bootSizesExperiment),
]
