namespace Netcd.Server.Running;

/// <summary>
/// Tokens that fire some time after they were asked for: one for all who ask within the same few seconds, so that a wait that is seldom
/// long takes no timer of its own.
/// </summary>
/// <param name="least">The time at the least; it may be <see cref="Steps"/> more.</param>
internal sealed class CoarseTimeout(TimeSpan least)
{
    private readonly Lock gate = new();
    private Shared current = new(long.MinValue, CancellationToken.None);

    /// <summary>How much later than asked a token may fire.</summary>
    public static TimeSpan Steps { get; } = TimeSpan.FromSeconds(2);

    /// <summary>A token for who begins to wait.</summary>
    public CancellationToken Begin()
    {
        Shared shared = Volatile.Read(ref current);
        return Environment.TickCount64 < shared.Until ? shared.Token : Renew();
    }

    private CancellationToken Renew()
    {
        lock (gate)
        {
            long now = Environment.TickCount64;
            if (now >= current.Until)
            {
                // Its timer holds it until then; after that it is the collector's.
#pragma warning disable CA2000
                CancellationTokenSource source = new(least + Steps);
#pragma warning restore CA2000
                Volatile.Write(ref current, new Shared(now + (long)Steps.TotalMilliseconds, source.Token));
            }

            return current.Token;
        }
    }

    private sealed record Shared(long Until, CancellationToken Token);
}
