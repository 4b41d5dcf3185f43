import { describe, expect, it } from 'vitest'
import type { Registers } from '../machine/outside/outside.ts'
import { cpuGuards, cpuinfoFlags } from './cpu-guards.ts'

const off = new Proxy<Record<string, boolean>>({}, { get: () => false })

describe('the guards of a processor', () => {
  it('should be on by their bits, PAN by one that is clear', () => {
    const arm64 = (flags: Record<string, boolean>) =>
      cpuGuards({ architecture: 'arm64', flags: { ...flags }, supported: off } as unknown as Registers)
        .filter(({ enabled }) => enabled)
        .map(({ name }) => name)
    expect(arm64({ SPAN: true, EnIA: true })).toEqual(['pointer authentication'])
    expect(arm64({ SPAN: false, EPAN: true, BT1: true })).toEqual([
      'PAN',
      'EPAN',
      'branch target identification',
    ])
    const x86 = cpuGuards({
      ...{ architecture: 'x86_64', supported: off, flags: { WP: true, SMEP: true, CET: true } },
    } as unknown as Registers)
    expect(x86.filter(({ enabled }) => enabled).map(({ register }) => register)).toEqual([
      'CR0.WP',
      'CR4.SMEP',
      'CR4.CET',
    ])
    expect(x86.filter(({ supported }) => supported).map(({ name }) => name)).toEqual(['write protection'])
  })

  it('should be found in /proc/cpuinfo as each architecture writes it', () => {
    const x86 = 'processor\t: 0\nflags\t\t: fpu smep  smap\nbugs\t\t: meltdown\n'
    expect([...cpuinfoFlags(x86)]).toEqual(['fpu', 'smep', 'smap'])
    expect(cpuinfoFlags('Features\t: fp paca bti\n').has('bti')).toBe(true)
    expect(cpuinfoFlags('nothing').size).toBe(0)
  })
})
