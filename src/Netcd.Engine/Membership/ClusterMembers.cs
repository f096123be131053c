using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Netcd.Engine.Backend;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Membership;

/// <summary>The members, those removed, and the cluster's version: an immutable picture that the apply stage replaces.</summary>
public sealed class ClusterMembers
{
    private ImmutableSortedSet<ulong> removed = [];

    /// <summary>No members.</summary>
    public static ClusterMembers Empty { get; } = new();

    /// <summary>The members by id, in ascending order.</summary>
    public IReadOnlyList<Member> Members { get; private init; } = [];

    /// <summary>Ids that were removed and must not come back, in ascending order.</summary>
    public IReadOnlyList<ulong> Removed => removed;

    /// <summary>The version that all members agree on as <c>x.y.z</c>, or null before it is decided.</summary>
    public string? ClusterVersion { get; private init; }

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
        string? version = null;
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

        if (view.Transaction.TryGetBucket(Schema.Cluster, out bucket)
            && bucket.TryGet(Schema.ClusterVersion, out ReadOnlySpan<byte> text))
        {
            version = Encoding.UTF8.GetString(text);
        }

        return new ClusterMembers { Members = InOrder(members), removed = removed.ToImmutable(), ClusterVersion = version };
    }

    internal ClusterMembers With(Member member, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Members.ToArray(), Encoding.UTF8.GetBytes(member.HexId), member.ToJson()));
        return new ClusterMembers
        {
            Members = InOrder(Members.Where(other => other.Id != member.Id).Append(member)),
            removed = removed,
            ClusterVersion = ClusterVersion,
        };
    }

    internal ClusterMembers Without(ulong id, List<BucketChange> changes)
    {
        byte[] key = Encoding.UTF8.GetBytes(id.ToString("x", CultureInfo.InvariantCulture));
        changes.Add(new BucketChange(Schema.Members.ToArray(), key, null));
        changes.Add(new BucketChange(Schema.MembersRemoved.ToArray(), key, "removed"u8.ToArray()));
        return new ClusterMembers
        {
            Members = [.. Members.Where(member => member.Id != id)],
            removed = removed.Add(id),
            ClusterVersion = ClusterVersion,
        };
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
            followed = new ClusterMembers
            {
                Members = [.. followed.Members.Where(member => member.Id != stray.Id)],
                removed = followed.removed,
                ClusterVersion = followed.ClusterVersion,
            };
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
        return new ClusterMembers { Members = Members, removed = removed, ClusterVersion = version };
    }

    private static List<Member> InOrder(IEnumerable<Member> members) => [.. members.OrderBy(member => member.Id)];
}
