import type { Section, SectionId, Sections } from '../sections.ts'

const rows: Readonly<Record<SectionId, Section['rows']>> = {
  'image-parts': {
    'kernel file': { bytes: '1000000' },
    initrd: { names: '10', bytes: '500', 'bytes of modules': '90' },
  },
  'kernel-options': {
    CONFIG_STRICT_KERNEL_RWX: { value: 'y' },
    CONFIG_PAGE_TABLE_ISOLATION: { value: 'y' },
    CONFIG_KEXEC: { value: 'n' },
    CONFIG_HZ: { value: '250' },
  },
  'kernel-parameters': { mitigations: { value: 'auto' }, quiet: { value: '' } },
  sysctls: { 'kernel.kptr_restrict': { value: '2' }, 'vm.swappiness': { value: '60' } },
  'loaded-modules': { loop: { taints: 'none' } },
  vulnerabilities: { meltdown: { state: 'Mitigation: PTI' } },
  binaries: {
    '/usr/bin/web': {
      type: 'pie',
      relro: 'full',
      'stack not executable': 'yes',
      canary: 'yes',
      'writable and executable': '0',
      'search path': 'none',
      bytes: '4000',
    },
  },
  daemons: {
    '/usr/bin/web as 0': { seccomp: 'filter', 'no new privileges': 'yes', 'effective capabilities': 'none' },
  },
  containers: { 'services/web': { capabilities: 'CAP_CHOWN', 'read-only root': 'yes', seccomp: 'yes' } },
  'container-properties': {
    'web: net': { check: 'container.namespaces', inside: 'net', host: 'net' },
    'web: system calls': {
      check: 'container.system-calls',
      inside: '273 of 366',
      host: '273 by config.json',
    },
  },
  'container-attacks': {
    'web: mount a tmpfs': { check: 'escape.mounts', inside: 'EPERM', control: 'allowed' },
  },
  mounts: {
    '/': { mounted: 'squashfs ro,nosuid,nodev' },
    '/run': { mounted: 'tmpfs rw,nosuid,nodev,noexec' },
  },
  listeners: { 'tcp 0.0.0.0:22': { by: '/usr/sbin/sshd' } },
  devices: {
    '/dev/null': { device: 'character 1:3, 0666 0:0' },
    '/dev/mem': { device: 'character 1:1, 0640 0:0' },
  },
  'module-files': { '/lib/modules/6.12.57-cloud-amd64/loop.ko': {} },
  'running-containers': {
    web: {
      user: '1000',
      seccomp: 'filter',
      'no new privileges': 'yes',
      'effective capabilities': 'CAP_CHOWN',
      'namespaces of the host': 'time',
      root: 'read-only',
      'process limit': '64',
      'memory limit': '104857600',
    },
  },
  'kernel-warnings': { 'ACPI: a known warning': {} },
  'system-calls': { 'web: read': { reach: 'always' }, 'web: clone': { reach: 'sometimes' } },
}

/** Every list of a record, with a few things in each, for tests. */
export const sampleSections = (): Sections =>
  Object.fromEntries(
    Object.entries(rows).map(([id, own]) => [
      id,
      { source: 'a test', problem: null, rows: structuredClone(own) },
    ]),
  )
