import { describe, expect, it } from 'vitest'
import { readInterpreter } from './script.ts'

describe('readInterpreter', () => {
  it.each([
    ['#!/bin/sh\nexit', { path: '/bin/sh', argument: undefined }],
    ['#! /usr/bin/env  -S python3 -u \n', { path: '/usr/bin/env', argument: '-S python3 -u' }],
    ['#!/bin/sh\0rest', { path: '/bin/sh', argument: undefined }],
    ['#!relative', { path: 'relative', argument: undefined }],
  ])('should read %j', (text, expected) => {
    expect(readInterpreter(Buffer.from(text))).toEqual(expected)
  })

  it.each(['', '#', '#!', '#!\n/bin/sh', '#!  \t\n', ' #!/bin/sh', '\x7fELF'])(
    'should not take %j for a script',
    (text) => {
      expect(readInterpreter(Buffer.from(text))).toBeUndefined()
    },
  )
})
