using System.Text;
using Netcd.Client.Keys;

namespace Netcd.Client.Coordination;

/// <summary>An election that was won. Disposing it resigns.</summary>
public sealed class EtcdLeadership : IAsyncDisposable
{
    private readonly EtcdSession session;
    private readonly EtcdLock held;

    internal EtcdLeadership(EtcdSession session, EtcdLock held)
    {
        this.session = session;
        this.held = held;
    }

    /// <summary>The leader's key.</summary>
    public string Key => held.Key;

    /// <summary>The revision at which the key was created. No leader that comes later has a smaller one.</summary>
    public long FencingToken => held.FencingToken;

    /// <summary>Is cancelled when the session, and the leadership with it, may be lost.</summary>
    public CancellationToken Lost => held.Lost;

    /// <summary>Holds in a transaction exactly while this leads.</summary>
    public Condition IsStillLeading => held.IsStillHeld;

    /// <summary>Asks the cluster whether it leads still.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<bool> IsLeadingAsync(CancellationToken cancel = default) => held.IsHeldAsync(cancel);

    /// <summary>Says something else.</summary>
    /// <param name="value">What the leader says from now on.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SessionLostException">It leads no more.</exception>
    public async Task<EtcdHeader> ProclaimAsync(ReadOnlyMemory<byte> value, CancellationToken cancel = default) =>
        await session.Store.PutIfAsync(held.Key, held.FencingToken, value, session.Lease, cancel).ConfigureAwait(false)
        ?? throw new SessionLostException("election: not leader");

    /// <summary>Says something else.</summary>
    /// <param name="value">What the leader says from now on, as UTF-8.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SessionLostException">It leads no more.</exception>
    public Task<EtcdHeader> ProclaimAsync(string value, CancellationToken cancel = default) =>
        ProclaimAsync(Encoding.UTF8.GetBytes(value), cancel);

    /// <summary>Gives it up: the next candidate leads. Somebody else's leadership stays.</summary>
    /// <param name="cancel">Gives up; it is given up in the background then, or ends with the session.</param>
    public Task ResignAsync(CancellationToken cancel = default) => held.ReleaseAsync(cancel);

    /// <summary>Resigns. Where no server can be reached this goes on in the background, or it ends with the session.</summary>
    public ValueTask DisposeAsync() => held.DisposeAsync();
}
