import { off } from '../expectation.ts'
import { type KernelRule, ruleTable } from '../kernel-rule.ts'

/** Drivers, protocols and file systems with a bad record that few images need. */
export const driverRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: off, sources: ['kernel maintainers'], severity: 'low' },
    {
      DRM_LEGACY: { why: 'Graphics drivers of the last century, full of holes.', severity: 'high' },
      NOUVEAU_LEGACY_CTX_SUPPORT: { why: 'Switches the old graphics interface on.', severity: 'medium' },
      FB: { why: 'Frame buffers are unmaintained.', withCare: 'no console on a screen without it' },
      VT: {
        why: 'Terminals on the screen have had many holes.',
        withCare: 'no console on a screen without it',
        settableWith: ['EXPERT'],
      },
      BLK_DEV_FD: { why: 'The floppy driver has no maintainer.', severity: 'medium' },
      BLK_DEV_FD_RAWCMD: { why: 'Raw commands to a floppy drive have been exploited.', severity: 'medium' },
      N_GSM: { why: 'The multiplexer for modems has been exploited many times.', severity: 'high' },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['grsecurity'], severity: 'low' },
    {
      INET_DIAG: {
        why: 'Tells of all sockets, with kernel addresses in older kernels.',
        sources: ['KSPP'],
        withCare: 'ss from iproute2 needs it',
      },
      MPTCP: 'TCP over several paths has had many holes.',
      TLS: {
        why: 'TLS in the kernel has had many holes.',
        withCare: 'NFS over TLS and some web servers use it',
      },
      TIPC: { why: 'A protocol of clusters that has been exploited.', severity: 'medium' },
      IP_SCTP: {
        why: 'A protocol of telephone networks with many holes.',
        severity: 'medium',
        withCare: 'Kubernetes services may ask for it',
      },
      IP_DCCP: {
        why: 'A protocol that nothing uses and that has been exploited.',
        sources: ['A. Popov'],
        severity: 'medium',
      },
      SMB_SERVER: {
        why: 'A file server in the kernel that has been exploited from the network.',
        severity: 'high',
      },
      BLK_DEV_UBLK: 'Block devices served by a process.',
      XFS_SUPPORT_V4: { why: 'The old format of XFS has no checksums.', sources: ['A. Popov'] },
      MTD_SLRAM: { why: 'Maps any physical memory as a disk.', severity: 'medium' },
      MTD_PHRAM: { why: 'Maps any physical memory as a disk.', severity: 'medium' },
      DVB_C8SECTPFE: { why: 'A driver that loads code it does not check.', architectures: ['arm64'] },
      STAGING: { why: 'Drivers that are not good enough yet.', sources: ['CLIP OS'], severity: 'medium' },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['CIS'], severity: 'low' },
    {
      RDS: { why: 'A protocol of clusters that has been exploited.', severity: 'medium' },
      X25: 'A protocol of the last century.',
      ATALK: 'A protocol of the last century.',
      AX25: { why: 'Amateur radio, with many holes.', severity: 'medium' },
      ATM: 'A network of the last century.',
      CAN: {
        why: 'The bus of cars has been exploited from a shell.',
        withCare: 'machines on such a bus need it',
      },
      IEEE802154: 'Radio that servers have not got.',
      CRAMFS: 'Any user who can mount reaches this old parser.',
      VXFS_FS: 'Any user who can mount reaches this old parser.',
      HFS_FS: 'Any user who can mount reaches this old parser, which has no maintainer.',
      HFSPLUS_FS: 'Any user who can mount reaches this old parser, which has no maintainer.',
      JFFS2_FS: 'Any user who can mount reaches this old parser.',
      UDF_FS: {
        why: 'Any user who can mount reaches this old parser.',
        withCare: "Azure's provisioning disk is UDF",
      },
      USB_STORAGE: {
        why: 'A stick in the machine brings or takes data.',
        withCare: 'machines that boot from USB need it',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['Drydock'], severity: 'medium' },
    {
      AF_RXRPC: { why: 'A protocol of one file system, with many holes.', withCare: 'AFS needs it' },
      N_HDLC: 'A line discipline that has been exploited.',
      FIREWIRE: 'A FireWire cable reads and writes all memory.',
      CRYPTO_USER_API_AEAD: {
        why: "The kernel's ciphers for every process: hard to get right, and exploited.",
        withCare: 'a few programs use it instead of a library',
      },
      CRYPTO_USER_API_SKCIPHER: {
        why: "The kernel's ciphers for every process: hard to get right, and exploited.",
        withCare: 'cryptsetup needs it for some old formats',
      },
    },
  ),
].flat()
