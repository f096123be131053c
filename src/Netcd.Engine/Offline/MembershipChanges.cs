using System.Globalization;
using System.Text;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;

namespace Netcd.Engine.Offline;

/// <summary>The members of a database exchanged for others, as its file goes to another cluster.</summary>
internal static class MembershipChanges
{
    /// <summary>Forgets the members and those that were removed, and puts these in their place.</summary>
    public static IEnumerable<BucketChange> Replace(BackendView view, IReadOnlyList<Member> members)
    {
        ClusterMembers former = ClusterMembers.Restore(view);
        foreach (Member member in former.Members)
        {
            yield return new BucketChange(Schema.Members.ToArray(), Encoding.UTF8.GetBytes(member.HexId), null);
        }

        foreach (ulong id in former.Removed)
        {
            byte[] key = Encoding.UTF8.GetBytes(id.ToString("x", CultureInfo.InvariantCulture));
            yield return new BucketChange(Schema.MembersRemoved.ToArray(), key, null);
        }

        foreach (Member member in members)
        {
            yield return new BucketChange(Schema.Members.ToArray(), Encoding.UTF8.GetBytes(member.HexId), member.ToJson());
        }
    }
}
