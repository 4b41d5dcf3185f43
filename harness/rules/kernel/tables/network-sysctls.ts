import { atLeast, equals } from '../expectation.ts'
import { isBuilt, type KernelRule, ruleTable } from '../kernel-rule.ts'

const noRedirects = 'A neighbour must not change the routes.'
const noSourceRoutes = 'A sender must not choose the way of its packets.'
const ipv6 = [isBuilt('IPV6')]

/** Settings of the network: what a neighbour may tell this machine. */
export const networkSysctlRules: readonly KernelRule[] = [
  ruleTable(
    'sysctl',
    { expected: equals('1'), sources: ['CIS'], severity: 'medium' },
    {
      'net.ipv4.tcp_syncookies': 'A flood of half-open connections does not shut others out.',
      'net.ipv4.icmp_echo_ignore_broadcasts': 'The machine does not amplify a flood of pings.',
      'net.ipv4.icmp_ignore_bogus_error_responses': {
        why: 'Wrong errors do not fill the log.',
        severity: 'low',
      },
      'net.ipv4.conf.all.rp_filter': {
        expected: atLeast(1),
        why: 'A packet with a forged sender is dropped.',
        severity: 'low',
        withCare: 'routes that differ by direction, and some networks of containers, need it off',
      },
    },
  ),
  ruleTable(
    'sysctl',
    { expected: equals('0'), sources: ['CIS'], severity: 'medium' },
    {
      'net.ipv4.conf.all.accept_redirects': noRedirects,
      'net.ipv4.conf.default.accept_redirects': noRedirects,
      'net.ipv4.conf.all.send_redirects': { why: 'A host is no router.', severity: 'low' },
      'net.ipv4.conf.default.send_redirects': { why: 'A host is no router.', severity: 'low' },
      'net.ipv4.conf.all.accept_source_route': noSourceRoutes,
      'net.ipv4.conf.default.accept_source_route': noSourceRoutes,
    },
  ),
  ruleTable(
    'sysctl',
    { expected: equals('0'), sources: ['CIS'], severity: 'medium', appliesIf: ipv6 },
    {
      'net.ipv6.conf.all.accept_redirects': noRedirects,
      'net.ipv6.conf.default.accept_redirects': noRedirects,
      'net.ipv6.conf.all.accept_source_route': noSourceRoutes,
      'net.ipv6.conf.default.accept_source_route': noSourceRoutes,
      'net.ipv6.conf.all.accept_ra': {
        why: 'A neighbour must not become the router.',
        withCare: 'addresses by router advertisement, as in most clouds with IPv6, need it',
      },
      'net.ipv6.conf.default.accept_ra': {
        why: 'A neighbour must not become the router.',
        withCare: 'addresses by router advertisement, as in most clouds with IPv6, need it',
      },
    },
  ),
].flat()
