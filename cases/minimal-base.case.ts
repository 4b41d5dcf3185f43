import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { unreadParts } from './support/unread-parts.ts'

check(
  'base.privileged-files',
  {
    claim: 'no file raises privileges when it is run: no setuid, no setgid, no file capabilities',
    promise: 'P4',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-setuid'],
    remedy: 'chmod u-s,g-s and setcap -r, or name the file under files in the policy, with a reason.',
  },
  async (context) => {
    const image = await context.image()
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const entry of image.root.entries()) {
      if (entry.type !== 'file') {
        continue
      }
      const raises = [
        ...((entry.mode & 0o4000) === 0 ? [] : ['setuid']),
        ...((entry.mode & 0o2000) === 0 ? [] : ['setgid']),
        ...(entry.xattrs.has('security.capability') ? ['file capabilities'] : []),
      ]
      const { setuid, capabilities } = context.policy.files
      const declared = entry.xattrs.has('security.capability') ? capabilities : setuid
      const allowed = raises.length === 0 || Object.hasOwn(declared, entry.path)
      const mode = `mode ${entry.mode.toString(8).padStart(4, '0')}, owner ${entry.uid}:${entry.gid}`
      const found = raises.length === 0 ? mode : `${raises.join(', ')} (${mode})`
      if (allowed) {
        good.push({ vantage: 'at-rest', source: entry.path, found })
      } else {
        bad.push({
          vantage: 'at-rest',
          source: entry.path,
          found,
          expected: 'no privilege of its own',
          subject: entry.path,
        })
      }
    }
    const source = 'every regular file of the root'
    return judge.all([
      judge.findings({ vantage: 'at-rest', source, bad, good, what: 'files' }),
      ...unreadParts(image),
    ])
  },
)
