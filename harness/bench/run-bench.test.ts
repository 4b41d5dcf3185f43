import { describe, expect, it } from 'vitest'
import type { Experiment, RowSpec } from './experiment.ts'
import { isWanted } from './run-bench.ts'

const experiment: Experiment = {
  name: 'peers',
  architecture: 'arm64',
  rows: [],
  prepare: () => Promise.reject(new Error('not run')),
}
const row: RowSpec = { name: 'boot, run', unit: 's', peer: 'labgrid', size: '4 forks', value: () => 1 }

describe('isWanted', () => {
  it.each([
    [[]],
    [['peers']],
    [['peers/arm64/lab']],
    [['LABGRID']],
    [['nothing', '4 forks']],
    [['boot, run']],
  ])('should take a row for %j', (only) => {
    expect(isWanted(only, experiment, row)).toBe(true)
  })

  it.each([[['x86_64']], [['drydock']], [['peers/x86']]])('should pass a row over for %j', (only) => {
    expect(isWanted(only, experiment, row)).toBe(false)
  })
})
