import { execa } from 'execa'
import { expect, it } from 'vitest'
import { cachePath } from '../../harness/common/cache.ts'
import { goToolchain } from '../../harness/common/go-toolchain.ts'

it("the image's own programs should pass their unit tests", async () => {
  const { exitCode, all } = await execa((await goToolchain()).go, ['test', './...'], {
    cwd: import.meta.dirname,
    env: {
      CGO_ENABLED: '0',
      GOCACHE: cachePath('go', 'build'),
      GOFLAGS: '-mod=mod',
      GOPROXY: 'off',
      GOTOOLCHAIN: 'local',
    },
    reject: false,
    all: true,
  })
  expect(exitCode, all).toBe(0)
})
