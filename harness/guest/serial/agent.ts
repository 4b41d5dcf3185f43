import type { Console } from '../console/console.ts'
import { leaveAgent } from './agent-basics.ts'
import { AgentLine, type AgentOptions, interrupt } from './agent-line.ts'
import { findTools, setUp } from './agent-setup.ts'
import { type AgentState, stateOf, toolsOf } from './agent-state.ts'
import type { GuestTools } from './agent-transfer.ts'
import type { Frame } from './frame.ts'

/**
 * The host's end of a serial line whose prompt has been turned into a reader of whole lines: types lines, and gives out
 * the frames that come back.
 */
export class Agent {
  readonly console: Console
  private readonly line: AgentLine
  private known: GuestTools | undefined

  /** @param tools Undefined: not yet looked for. */
  private constructor(line: AgentLine, tools: GuestTools | undefined) {
    this.console = line.console
    this.line = line
    this.known = tools
  }

  /**
   * Starts it at a shell prompt.
   * @throws DrydockError `NO_PROMPT` when nothing there answers like a shell, `SHELL_UNUSABLE` when it lacks the means.
   */
  static async enter(console: Console, options: AgentOptions): Promise<Agent> {
    const line = new AgentLine(console, options)
    try {
      await line.enter(options.timeoutMs)
      await setUp(line)
      line.ready()
      return new Agent(line, undefined)
    } catch (error) {
      line.leave()
      throw error
    }
  }

  /** Goes on where an agent was that entered and left nothing half done; types nothing. */
  static resume(console: Console, state: AgentState, options: AgentOptions): Agent {
    return new Agent(new AgentLine(console, options, state.token), toolsOf(state))
  }

  /** What the guest sends and takes bytes with; undefined: nobody has asked for more than short texts yet. */
  get tools(): GuestTools | undefined {
    return this.known
  }

  /** The same, looked for where nobody has. Nothing else may be asked meanwhile. @throws DrydockError `SHELL_UNUSABLE` */
  async findTools(): Promise<GuestTools> {
    this.known ??= await findTools(this.line)
    return this.known
  }

  /**
   * Waits until the guest has read everything that was typed, its tools looked for: what is resumed later need not.
   * @returns what is needed to resume
   */
  async rest(): Promise<AgentState> {
    const tools = await this.findTools()
    await this.line.teach([':'])
    return stateOf(this.line.token, tools)
  }

  /** Types one line, without waiting. */
  type(text: string): Promise<void> {
    return this.line.type(text)
  }

  /** Types a line until a frame comes that `accept` takes; typing it twice must do no harm. */
  ask<T>(text: string, what: string, accept: (frame: Frame) => T | undefined): Promise<T> {
    return this.line.ask(text, what, accept)
  }

  /** Calls `listener` with every frame. Returns how to stop that. */
  onFrame(listener: (frame: Frame) => void): () => void {
    return this.line.onFrame(listener)
  }

  /** Gives the prompt back as it was found. */
  async leave(): Promise<void> {
    if (!this.console.closed && this.console.life.death === undefined) {
      await this.line.type(leaveAgent)
    }
    this.line.leave()
  }

  /** Interrupts whatever keeps the prompt busy. The caller then enters afresh. */
  async interrupt(): Promise<void> {
    this.line.leave()
    await this.console.write(interrupt)
  }
}
