using System.Globalization;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.V3;
using Netcd.Server.Http;

namespace Netcd.Server.Discovery;

/// <summary>
/// Finds the members of a new cluster by the keys that they write into another one, as etcd's members do: how many there will be stands
/// under <c>/_etcd/registry/TOKEN/_config/size</c>, each registers under <c>/_etcd/registry/TOKEN/members/ID</c>, and the first ones count.
/// </summary>
/// <param name="registry">The other cluster.</param>
/// <param name="token">Names the new one.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it logs what it does.</param>
internal sealed class ClusterDiscovery(RegistryClient registry, string token, TimeProvider time, ILogger log)
{
    private const int MostDoublings = 8;

    /// <summary>Between two looks while members are missing.</summary>
    private static readonly TimeSpan PeerInterval = TimeSpan.FromMilliseconds(500);

    private readonly string prefix = RequestPath.Clean("/_etcd/registry/" + token).TrimEnd('/');
    private readonly RegisteredMembers members = new(log);
    private int failures;

    private string SizeKey => prefix + "/_config/size";

    private string MembersKey => prefix + "/members";

    /// <summary>Registers this member, and waits until all are there.</summary>
    /// <param name="memberId">Its id.</param>
    /// <param name="self">Its name and URLs, as <c>--initial-cluster</c> has them.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>All members, as <c>--initial-cluster</c> has them.</returns>
    /// <exception cref="RegistryException">There is no such cluster to be made, or no room in it.</exception>
    public async Task<string> JoinAsync(ulong memberId, string self, CancellationToken cancellation)
    {
        await registry.LogInAsync(cancellation).ConfigureAwait(false);
        string key = string.Create(CultureInfo.InvariantCulture, $"{MembersKey}/{memberId:x}");
        await CheckAsync(key, cancellation).ConfigureAwait(false);
        await RegisterAsync(key, self, cancellation).ConfigureAwait(false);
        long size = await CheckAsync(key, cancellation).ConfigureAwait(false);
        if (members.Count < size)
        {
            log.WaitingForPeers(size, members.Count);
            while (members.Count < size)
            {
                await Task.Delay(PeerInterval, time, cancellation).ConfigureAwait(false);
                await ReadMembersAsync(cancellation).ConfigureAwait(false);
            }

            log.FoundAllPeers(size, members.Count);
        }

        return members.Describe(size);
    }

    /// <summary>Reads how many members there will be, and whether this one has its place among them.</summary>
    private async Task<long> CheckAsync(string key, CancellationToken cancellation)
    {
        long size = await ReadSizeAsync(cancellation).ConfigureAwait(false);
        await ReadMembersAsync(cancellation).ConfigureAwait(false);
        return members.HasPlaceFor(key, size) ? size : throw new RegistryException("discovery: cluster is full");
    }

    private async Task<long> ReadSizeAsync(CancellationToken cancellation)
    {
        RangeResponse answer = await RetryAsync(
            "cluster status check",
            () => registry.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8(SizeKey) }, cancellation),
            failure => log.FailedToGetClusterSize(SizeKey, failure),
            cancellation).ConfigureAwait(false);
        if (answer.Kvs.Count == 0)
        {
            throw new RegistryException("discovery: size key not found");
        }

        return long.TryParse(
            answer.Kvs[0].Value.ToStringUtf8(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long size) && size > 0
            ? size
            : throw new RegistryException("discovery: size key is bad");
    }

    private async Task ReadMembersAsync(CancellationToken cancellation)
    {
        // All keys that begin so: the last byte of the end is one more than that of the prefix.
        RangeRequest request = new()
        {
            Key = ByteString.CopyFromUtf8(MembersKey),
            RangeEnd = ByteString.CopyFromUtf8(MembersKey[..^1] + (char)(MembersKey[^1] + 1)),
        };
        RangeResponse answer = await RetryAsync(
            "cluster status check",
            () => registry.RangeAsync(request, cancellation),
            failure => log.FailedToGetClusterMembers(MembersKey, failure),
            cancellation).ConfigureAwait(false);
        members.Set(answer.Kvs);
    }

    private async Task RegisterAsync(string key, string self, CancellationToken cancellation)
    {
        PutRequest request = new() { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(self) };
        await RetryAsync(
            "register member itself",
            () => registry.PutAsync(request, cancellation),
            failure => log.FailedToRegister(key, failure),
            cancellation).ConfigureAwait(false);
        log.Registered(key, self);
    }

    /// <summary>Tries until it works, as etcd does: whoever asks for a registry that is not there yet waits for it.</summary>
    private async Task<T> RetryAsync<T>(string step, Func<Task<T>> attempt, Action<string> note, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                T answer = await attempt().ConfigureAwait(false);
                failures = 0;
                return answer;
            }
            catch (RegistryException failure)
            {
                note(failure.Message);
            }

            failures = Math.Min(failures + 1, MostDoublings);
            TimeSpan pause = TimeSpan.FromSeconds(1 << failures);
            log.RetryingDiscovery(step, pause);
            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
        }
    }
}
