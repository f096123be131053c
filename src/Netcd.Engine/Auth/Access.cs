namespace Netcd.Engine.Auth;

/// <summary>Who may make a call while users have to say who they are.</summary>
public enum Access
{
    /// <summary>Anyone, without a user.</summary>
    Anyone,

    /// <summary>Any user.</summary>
    AnyUser,

    /// <summary>A user with rights on the keys that the request names: each of its operations is looked at.</summary>
    Keys,

    /// <summary>A user that may write all keys of the lease.</summary>
    LeaseKeys,

    /// <summary>A user that may read all keys of the lease, where they are asked for; else any user.</summary>
    LeaseReadKeys,

    /// <summary>A user that may read all keys of all leases.</summary>
    AllLeaseKeys,

    /// <summary>Any user to look; to change something a user with the role <c>root</c>.</summary>
    RootToChange,

    /// <summary>The user itself, and users with the role <c>root</c>.</summary>
    OwnUser,

    /// <summary>Users that have the role, and users with the role <c>root</c>.</summary>
    OwnRole,

    /// <summary>Users with the role <c>root</c>.</summary>
    Root,
}
