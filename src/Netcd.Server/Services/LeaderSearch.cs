using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Services;

/// <summary>Has something done by the leader, whichever member that is by then: this one, or another one that is asked.</summary>
/// <param name="findLeader">The leader at the moment, or null.</param>
/// <param name="self">This member.</param>
/// <param name="pause">The time after which it is looked for again.</param>
internal sealed class LeaderSearch(Func<Member?> findLeader, ulong self, TimeSpan pause)
{
    /// <summary>Looks for a leader until there is one, and has it do its work.</summary>
    /// <param name="here">Does it on this member, which leads; one that leads no longer throws <see cref="EtcdErrors.NotLeader"/>.</param>
    /// <param name="there">Has another member do it.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="OperationCanceledException">There was no leader in time.</exception>
    public async ValueTask RunAsync(
        Func<CancellationToken, ValueTask> here, Func<Member, CancellationToken, ValueTask> there, CancellationToken cancellation)
    {
        while (true)
        {
            switch (findLeader())
            {
                case { } leader when leader.Id != self:
                    await there(leader, cancellation).ConfigureAwait(false);
                    return;
                case { } when await TryHereAsync(here, cancellation).ConfigureAwait(false):
                    return;
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> TryHereAsync(Func<CancellationToken, ValueTask> here, CancellationToken cancellation)
    {
        try
        {
            await here(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (EtcdException failure) when (failure.Error == EtcdErrors.NotLeader)
        {
            // It has lost the leadership meanwhile.
            return false;
        }
    }
}
