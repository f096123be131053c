using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Netcd.Engine.Backend;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Membership;

/// <summary>The members, those removed, and the cluster's version: an immutable picture that the apply stage replaces.</summary>
public sealed record ClusterMembers
{
    private static readonly Version FirstStorageVersion = new(3, 6);

    private ImmutableSortedSet<ulong> removed = [];

    /// <summary>No members.</summary>
    public static ClusterMembers Empty { get; } = new();

    /// <summary>The members by id, in ascending order.</summary>
    public IReadOnlyList<Member> Members { get; private init; } = [];

    /// <summary>Ids that were removed and must not come back, in ascending order.</summary>
    public IReadOnlyList<ulong> Removed => removed;

    /// <summary>The version that all members agree on as <c>x.y.z</c>, or null before it is decided.</summary>
    public string? ClusterVersion { get; private init; }

    /// <summary>The version that the cluster is being taken down to, as <c>x.y.z</c>; null while it is not.</summary>
    public string? DowngradeTarget { get; private init; }

    /// <summary>The version that the backend's file says it is for; null where it says none, as all before 3.6.</summary>
    public string? StorageVersion { get; private init; }

    /// <summary>The member of an id, or null.</summary>
    public Member? Find(ulong id) => Members.FirstOrDefault(member => member.Id == id);

    /// <summary>Whether the id was removed: it never comes back.</summary>
    public bool IsRemoved(ulong id) => removed.Contains(id);

    internal static ClusterMembers Of(IEnumerable<Member> members, IReadOnlyList<ulong> removed) =>
        new() { Members = InOrder(members), removed = [.. removed] };

    internal static ClusterMembers Restore(BackendView view)
    {
        List<Member> members = [];
        ImmutableSortedSet<ulong>.Builder removed = ImmutableSortedSet.CreateBuilder<ulong>();
        if (view.Transaction.TryGetBucket(Schema.Members, out BoltBucket? bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                members.Add(Member.FromJson(cursor.Value));
            }
        }

        if (view.Transaction.TryGetBucket(Schema.MembersRemoved, out bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                if (ulong.TryParse(cursor.Key, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong id))
                {
                    removed.Add(id);
                }
            }
        }

        return new ClusterMembers
        {
            Members = InOrder(members),
            removed = removed.ToImmutable(),
            ClusterVersion = Text(view, Schema.Cluster, Schema.ClusterVersion),
            DowngradeTarget = DowngradeRecord.TargetOf(Text(view, Schema.Cluster, Schema.Downgrade)),
            StorageVersion = Text(view, Schema.Meta, Schema.StorageVersion),
        };
    }

    internal ClusterMembers With(Member member, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Members.ToArray(), Encoding.UTF8.GetBytes(member.HexId), member.ToJson()));
        return this with { Members = InOrder(Members.Where(other => other.Id != member.Id).Append(member)) };
    }

    internal ClusterMembers Without(ulong id, List<BucketChange> changes)
    {
        byte[] key = Encoding.UTF8.GetBytes(id.ToString("x", CultureInfo.InvariantCulture));
        changes.Add(new BucketChange(Schema.Members.ToArray(), key, null));
        changes.Add(new BucketChange(Schema.MembersRemoved.ToArray(), key, "removed"u8.ToArray()));
        return this with { Members = [.. Members.Where(member => member.Id != id)], removed = removed.Add(id) };
    }

    /// <summary>
    /// Who the members are, how they are reached and who votes as the log says; their names and client URLs stay, which they publish
    /// themselves. Who is not a member by the log is forgotten, and does not count as removed: the cluster may never have known it.
    /// </summary>
    internal ClusterMembers Follow(ClusterMembers logged, List<BucketChange> changes)
    {
        ClusterMembers followed = this;
        foreach (Member stray in Members.Where(member => logged.Find(member.Id) is null))
        {
            changes.Add(new BucketChange(Schema.Members.ToArray(), Encoding.UTF8.GetBytes(stray.HexId), null));
            followed = followed with { Members = [.. followed.Members.Where(member => member.Id != stray.Id)] };
        }

        foreach (Member member in logged.Members)
        {
            Member? known = Find(member.Id);
            if (known is null || known.IsLearner != member.IsLearner || !known.PeerUrls.SequenceEqual(member.PeerUrls))
            {
                Member right = known is null ? member : known with { IsLearner = member.IsLearner, PeerUrls = member.PeerUrls };
                followed = followed.With(right, changes);
            }
        }

        foreach (ulong id in logged.Removed.Where(id => !IsRemoved(id)))
        {
            followed = followed.Without(id, changes);
        }

        return followed;
    }

    internal ClusterMembers WithVersion(string version, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Cluster.ToArray(), Schema.ClusterVersion.ToArray(), Encoding.UTF8.GetBytes(version)));
        return this with { ClusterVersion = version, StorageVersion = MoveStorage(version, changes) };
    }

    /// <summary>Begins a downgrade, or ends one.</summary>
    internal ClusterMembers WithDowngrade(string? target, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Cluster.ToArray(), Schema.Downgrade.ToArray(), DowngradeRecord.Encode(target)));
        return this with { DowngradeTarget = target };
    }

    /// <summary>
    /// The file follows the cluster: from 3.6 on it says which version it is for, and before that nothing. In etcd each member sees to that
    /// some time later; here it is done with the entry itself.
    /// </summary>
    private string? MoveStorage(string version, List<BucketChange> changes)
    {
        Version decided = Version.Parse(version.Split('-', '+')[0]);
        string? storage = decided >= FirstStorageVersion ? $"{decided.Major}.{decided.Minor}.0" : null;
        if (storage != StorageVersion)
        {
            byte[]? value = storage is null ? null : Encoding.UTF8.GetBytes(storage);
            changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.StorageVersion.ToArray(), value));
        }

        return storage;
    }

    private static string? Text(BackendView view, ReadOnlySpan<byte> bucketName, ReadOnlySpan<byte> key) =>
        view.Transaction.TryGetBucket(bucketName, out BoltBucket? bucket) && bucket.TryGet(key, out ReadOnlySpan<byte> text)
            ? Encoding.UTF8.GetString(text)
            : null;

    private static List<Member> InOrder(IEnumerable<Member> members) => [.. members.OrderBy(member => member.Id)];
}
