import { execa } from 'execa'
import { Job } from 'kubernetes-models/batch/v1/Job'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Cell, type Matrix, matrixSchema, matrixSchemaId } from '../../record/cells/cell.ts'
import { cellScript } from './cell-script.ts'
import { type MatrixOptions, matrixFormats } from './formats.ts'

const cell = (id: string, change: Partial<Cell> = {}): Cell => ({
  id,
  target: 'demo',
  file: 'targets/demo.yml',
  architecture: 'x86_64',
  kernel: '6.12.1',
  command: ['npx', 'drydock', 'check', 'targets/demo.yml', '--arch', 'x86_64', '--out', `cells/${id}`],
  ...change,
})
const matrix: Matrix = {
  schema: matrixSchemaId,
  cells: [cell('demo-x86-64'), cell('demo-arm64', { architecture: 'arm64', kernel: null })],
}
const options: MatrixOptions = { image: 'registry.test/drydock:1', claim: 'work' }

describe('matrixFormats', () => {
  it('should print JSON that merge reads again', () => {
    expect(matrixSchema.parse(JSON.parse(matrixFormats.json(matrix)))).toEqual(matrix)
  })

  it('should give GitHub one line with a runner of the right architecture for each cell', () => {
    const text = matrixFormats.github(matrix)
    expect(text.trimEnd()).not.toContain('\n')
    expect(JSON.parse(text).include.map(({ id, runner, kernel }: never) => [id, runner, kernel])).toEqual([
      ['demo-x86-64', 'ubuntu-24.04', '6.12.1'],
      ['demo-arm64', 'ubuntu-24.04-arm', ''],
    ])
  })

  it('should give GitLab a job for each cell, and one that merges even where they failed', () => {
    const pipeline = parse(matrixFormats.gitlab(matrix))
    expect(pipeline['cell demo-arm64']).toMatchObject({ tags: ['arm64'], stage: 'cells' })
    expect(pipeline.merge).toMatchObject({ when: 'always', stage: 'merge' })
    expect(JSON.parse(pipeline.merge.variables.DRYDOCK_MATRIX)).toEqual(matrix)
  })

  it('should give Kubernetes a job that its schema accepts', () => {
    const manifest = parse(matrixFormats.kubernetes(matrix, options))
    expect(() => new Job(manifest).validate()).not.toThrow()
    expect(manifest.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 2,
      backoffLimitPerIndex: 2,
    })
    expect(() => new Job({ ...manifest, spec: { ...manifest.spec, completions: 'two' } }).validate()).toThrow(
      /completions/,
    )
  })

  it('should give Slurm an array with a task for each cell', () => {
    expect(matrixFormats.slurm(matrix)).toContain('#SBATCH --array=0-1\n')
  })
})

describe('cellScript', () => {
  const hostile = 'it\'s $(touch pwned); `x` "y" *'
  const cells = [cell('one', { command: ['printf', '%s|', hostile] }), cell('two', { command: ['false'] })]
  const run = (index: string) =>
    execa('sh', ['-c', [...cellScript(cells, 'INDEX'), '"$@"'].join('\n')], {
      env: { INDEX: index },
      reject: false,
    })

  it('should run the command of the cell, word by word as it stands', async () => {
    expect(await run('0')).toMatchObject({ exitCode: 0, stdout: `${hostile}|` })
    expect((await run('1')).exitCode).toBe(1)
  })

  it('should refuse an index that no cell has', async () => {
    expect(await run('7')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('0 to 1, found 7') })
  })
})
