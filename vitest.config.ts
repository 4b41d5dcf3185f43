import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { type Architecture, architectures } from './harness/common/architecture.ts'

const minutes = 60_000

/** Two processors, so two guests are busy at most: the groups follow one another, the architectures of one are abreast. */
const groups = { unit: 0, cases: 1, twins: 2, integration: 3 } as const
const workers = 2

/** One file, hence one worker, per architecture: it boots the guest once and owns it to its end. */
const perArchitecture = (
  kind: 'cases' | 'twins',
  architecture: Architecture,
): TestProjectInlineConfiguration => ({
  test: {
    name: `${kind}-${architecture}`,
    include: [`harness/vitest/${kind}.suite.ts`],
    globalSetup: ['images/vitest-setup.ts'],
    provide: { architecture },
    maxWorkers: workers,
    sequence: { groupOrder: groups[kind] },
    // A test begins when it is queued; what may run at a time is for the schedule to say.
    testTimeout: 60 * minutes,
    hookTimeout: 30 * minutes,
  },
})

export default defineConfig({
  test: {
    maxConcurrency: 10_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['harness/**/*.test.ts', 'images/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts'],
          maxWorkers: workers,
          sequence: { groupOrder: groups.unit },
          // Against a hang only: property tests take their time on a busy machine.
          testTimeout: minutes,
          hookTimeout: minutes,
        },
      },
      ...architectures.map((architecture) => perArchitecture('cases', architecture)),
      ...architectures.map((architecture) => perArchitecture('twins', architecture)),
      {
        test: {
          name: 'integration',
          include: ['harness/**/*.integration.test.ts', 'images/**/*.integration.test.ts'],
          globalSetup: ['images/vitest-setup.ts'],
          maxWorkers: workers,
          sequence: { groupOrder: groups.integration },
          testTimeout: 5 * minutes,
          hookTimeout: 5 * minutes,
        },
      },
    ],
  },
})
