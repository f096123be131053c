using Google.Protobuf.Collections;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Auth;

/// <summary>How a role's permissions are kept: in the order of their keys, as etcd does it.</summary>
internal static class RolePermissions
{
    /// <summary>
    /// Grants a permission. One for the same range is replaced where it is the first of those with its key; else it is added, and both
    /// count.
    /// </summary>
    public static void Grant(RepeatedField<Permission> permissions, Permission granted)
    {
        int first = 0;
        while (first < permissions.Count && permissions[first].Key.Span.SequenceCompareTo(granted.Key.Span) < 0)
        {
            first++;
        }

        if (first < permissions.Count && permissions[first].Key == granted.Key && permissions[first].RangeEnd == granted.RangeEnd)
        {
            permissions[first].PermType = granted.PermType;
            return;
        }

        int place = first;
        while (place < permissions.Count && permissions[place].Key == granted.Key)
        {
            place++;
        }

        permissions.Insert(place, granted.Clone());
    }
}
