using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.V3;

namespace Netcd.Server.Discovery;

/// <summary>The members that have registered for a new cluster, in the order in which they did.</summary>
/// <param name="log">Takes a line for each that is found.</param>
internal sealed class RegisteredMembers(ILogger log)
{
    private readonly HashSet<string> logged = new(StringComparer.Ordinal);
    private List<(string Key, string Member)> members = [];

    /// <summary>How many there are.</summary>
    public int Count => members.Count;

    /// <summary>Takes what is registered now.</summary>
    public void Set(RepeatedField<KeyValue> found)
    {
        members = [];
        foreach (KeyValue record in found.OrderBy(static record => record.CreateRevision))
        {
            string key = record.Key.ToStringUtf8().Trim();
            string member = record.Value.ToStringUtf8().Trim();
            bool isMember = member.Contains('=', StringComparison.Ordinal);
            if (isMember)
            {
                members.Add((key, member));
            }

            if (!logged.Add(key))
            {
                continue;
            }

            if (isMember)
            {
                log.FoundRegisteredPeer(key, member);
            }
            else
            {
                log.FoundInvalidPeer(key, member);
            }
        }
    }

    /// <summary>Whether a member is among the first ones, or there is still room for it.</summary>
    public bool HasPlaceFor(string key, long size) =>
        members.Count < size || members.Take((int)Math.Min(size, int.MaxValue)).Any(member => member.Key == key);

    /// <summary>The first members, as <c>--initial-cluster</c> names them.</summary>
    public string Describe(long size) =>
        string.Join(',', members.Take((int)Math.Min(size, int.MaxValue)).Select(static member => member.Member));
}
