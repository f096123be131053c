using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>Reports messages that were refused, and not each of them: a sender of such a message sends many. For any thread.</summary>
internal sealed class RefusedMessages(ILogger log)
{
    // By what became of them: strangers that send many must not hide what a member sends.
    private readonly long[] refused = new long[Enum.GetValues<Reception>().Length];
    private readonly long[] nextLine = [.. Enum.GetValues<Reception>().Select(static _ => long.MinValue)];

    /// <summary>Called for every message, for the simulation's checkers.</summary>
    public Action<Message, Reception, string?>? Observer { get; set; }

    /// <summary>A message was received.</summary>
    /// <param name="message">The message.</param>
    /// <param name="reception">What became of it.</param>
    /// <param name="fault">Why it cannot be.</param>
    /// <param name="nowMilliseconds">The time on any one clock.</param>
    public void Received(Message message, Reception reception, string? fault, long nowMilliseconds)
    {
        Observer?.Invoke(message, reception, fault);
        if (reception == Reception.Taken)
        {
            return;
        }

        ref long due = ref nextLine[(int)reception];
        Interlocked.Increment(ref refused[(int)reception]);
        long next = Interlocked.Read(ref due);
        if (nowMilliseconds < next
            || Interlocked.CompareExchange(ref due, nowMilliseconds + Limits.RefusalLogMilliseconds, next) != next)
        {
            return;
        }

        HexId from = new(message.From);
        long count = Interlocked.Exchange(ref refused[(int)reception], 0);
        if (reception == Reception.Impossible)
        {
            log.RefusedImpossible(message.Type, from, fault, count);
        }
        else
        {
            log.RefusedStranger(message.Type, from, count);
        }
    }
}
