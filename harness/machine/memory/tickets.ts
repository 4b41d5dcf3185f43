import { readFileSync, rmSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { mayBeAlive, ownIdentity } from '../process/process-identity.ts'

const content = z.object({
  bytes: z.number().int().nonnegative(),
  granted: z.boolean(),
  /** A file on a tmpfs that holds the guest's memory: what it has allocated is missing from the host's free memory. */
  memoryFile: z.string().optional(),
})

/** One guest's claim on the host's memory, as a file that all processes of this host see. */
export interface Ticket extends z.infer<typeof content> {
  /** Earlier comes first. */
  readonly number: number
  readonly path: string
}

const namePattern = /^(\d+)\.(.+)$/

/** The tickets in `directory` whose owners live, in order. Those of dead owners are removed. */
export const liveTickets = async (directory: string): Promise<Ticket[]> => {
  const tickets: Ticket[] = []
  for (const name of await readdir(directory)) {
    const [, number, owner = ''] = namePattern.exec(name) ?? []
    const path = join(directory, name)
    const found = mayBeAlive(owner) ? readTicket(path) : undefined
    if (found === undefined) await rm(path, { force: true })
    else tickets.push({ ...found, number: Number(number), path })
  }
  return tickets.sort((left, right) => left.number - right.number)
}

/** Adds a ticket of ours behind all others. Only while the directory is locked. */
export const addTicket = async (directory: string, bytes: number): Promise<Ticket> => {
  const number = ((await liveTickets(directory)).at(-1)?.number ?? 0) + 1
  const path = join(directory, `${number}.${ownIdentity()}`)
  const ticket = { number, path, bytes, granted: false }
  await writeTicket(ticket)
  return ticket
}

export const writeTicket = ({ path, bytes, granted, memoryFile }: Ticket): Promise<void> =>
  writeFile(path, JSON.stringify({ bytes, granted, memoryFile }))

/** Bytes that were promised to a granted ticket and that its guest has not taken yet. */
export const outstanding = async ({ bytes, memoryFile }: Ticket): Promise<number> => {
  if (memoryFile === undefined) return bytes
  const { blocks } = await stat(memoryFile).catch(() => ({ blocks: 0 }))
  return Math.max(0, bytes - blocks * 512)
}

// An owner killed while it wrote leaves half a ticket.
const readTicket = (path: string) => {
  try {
    return content.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

export const dropTicket = ({ path }: Ticket): void => rmSync(path, { force: true })

export const makeTicketDirectory = (directory: string) => mkdir(directory, { recursive: true, mode: 0o700 })
