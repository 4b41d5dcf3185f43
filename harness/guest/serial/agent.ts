import type { Console } from '../console/console.ts'
import { AgentLine, type AgentOptions, interrupt } from './agent-line.ts'
import { type GuestTools, leaveAgent } from './agent-script.ts'
import { setUp } from './agent-setup.ts'
import { type AgentState, stateOf, toolsOf } from './agent-state.ts'
import type { Frame } from './frame.ts'

/**
 * The host's end of a serial line whose prompt has been turned into a reader of whole lines: types lines, and gives out
 * the frames that come back.
 */
export class Agent {
  readonly console: Console
  readonly tools: GuestTools
  private readonly line: AgentLine

  private constructor(line: AgentLine, tools: GuestTools) {
    this.console = line.console
    this.line = line
    this.tools = tools
  }

  /**
   * Starts it at a shell prompt.
   * @throws DrydockError `NO_PROMPT` when nothing there answers like a shell, `SHELL_UNUSABLE` when it lacks the means.
   */
  static async enter(console: Console, options: AgentOptions): Promise<Agent> {
    const line = new AgentLine(console, options)
    try {
      await line.enter(options.timeoutMs)
      const tools = await setUp(line)
      line.ready()
      return new Agent(line, tools)
    } catch (error) {
      line.leave()
      throw error
    }
  }

  /** Goes on where an agent was that entered and left nothing half done; types nothing. */
  static resume(console: Console, state: AgentState, options: AgentOptions): Agent {
    return new Agent(new AgentLine(console, options, state.token), toolsOf(state))
  }

  /** What is needed to resume. */
  get state(): AgentState {
    return stateOf(this.line.token, this.tools)
  }

  /** Waits until the guest has read everything that was typed. */
  async rest(): Promise<void> {
    await this.line.teach([':'])
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
