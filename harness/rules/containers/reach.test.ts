import { describe, expect, it } from 'vitest'
import { type ContainerView, statusFields } from '../../facts/container-views.ts'
import { parseMounts } from '../../facts/mounts.ts'
import { reachProperties } from './reach.ts'

const view = (part: Partial<ContainerView>): ContainerView => ({
  ...{ side: 'host', status: undefined, namespaces: new Map(), label: undefined, environment: undefined },
  ...{ directory: undefined, descriptors: new Map(), limits: new Map() },
  mounts: parseMounts('36 35 0:31 / / ro - squashfs /dev/loop0 ro\n'),
  ...part,
})

const examine = (id: string, part: Partial<ContainerView>) => {
  const property = reachProperties.find((one) => one.id === id)
  // None of them looks around.
  return property?.examine(view(part), {} as never)
}

const link = (target: string, mount: number) => ({ path: '/proc/9/fd/7', target, mount, errno: undefined })

describe('what a container was given', () => {
  it('should find a descriptor on a mount of the host, whatever its name', () => {
    const descriptors = new Map([
      [7, link('/etc', 20)],
      [8, link('/etc', 36)],
      [9, link('pipe:[5]', 11)],
      [10, link('/memfd:x (deleted)', 1)],
      [1, link('/run/log/web.log', 20)],
    ])
    expect(examine('container.descriptors', { descriptors })).toEqual([
      { what: 'descriptor 7', found: '/etc of the host', expected: 'nothing of the host' },
    ])
  })

  it('should find a working directory outside', () => {
    expect(examine('container.working-directory', { directory: link('/', 20) })).toMatchObject([
      { expected: 'a directory of the container' },
    ])
    expect(examine('container.working-directory', { directory: link('/', 36) })).toEqual([
      { what: 'working directory', found: '/' },
    ])
  })

  it('should find secrets by their names and forms, and never show them', () => {
    const environment = [
      'PATH=/bin',
      'DB_PASSWORD=hunter2',
      'TOKENIZER=bert',
      'TOKEN_FILE=/run/token',
      'X=AKIAABCDEFGHIJKLMNOP',
    ]
    const items = examine('container.environment', { environment })
    expect(items).toMatchObject([{ what: 'DB_PASSWORD' }, { what: 'X' }])
    expect(JSON.stringify(items)).not.toMatch(/hunter2|AKIA/)
  })

  it('should read a status file field by field', () => {
    expect(statusFields('Name:\tweb\nNSpid:\t9\t1\nodd\n')).toEqual(
      new Map([
        ['Name', 'web'],
        ['NSpid', '9\t1'],
      ]),
    )
  })
})
