using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Auth;

/// <summary>Users, roles and whether they count: an immutable picture that the apply stage replaces. For any thread.</summary>
/// <remarks>
/// Each change counts the revision up, and with it what a signed token says of its user is old. Users are found in O(log n), and what
/// their roles give them together is put together once for each picture.
/// </remarks>
public sealed class AuthTable
{
    private static readonly ImmutableSortedDictionary<string, User> NoUsers =
        ImmutableSortedDictionary.Create<string, User>(Utf8Order.Instance);

    private static readonly ImmutableSortedDictionary<string, Role> NoRoles =
        ImmutableSortedDictionary.Create<string, Role>(Utf8Order.Instance);

    private readonly ConcurrentDictionary<string, UserRights> rights = new(StringComparer.Ordinal);

    /// <summary>From which revision on users have the passwords that they have now.</summary>
    private readonly PasswordAges passwords;

    private AuthTable(
        bool isEnabled,
        ulong revision,
        ImmutableSortedDictionary<string, User> users,
        ImmutableSortedDictionary<string, Role> roles,
        PasswordAges passwords)
    {
        IsEnabled = isEnabled;
        Revision = revision;
        Users = users;
        Roles = roles;
        this.passwords = passwords;
    }

    /// <summary>A new cluster's: nobody, and everybody may do everything.</summary>
    public static AuthTable Empty { get; } = new(false, 1, NoUsers, NoRoles, PasswordAges.AllOf(1));

    /// <summary>Whether users have to say who they are.</summary>
    public bool IsEnabled { get; }

    /// <summary>Counts the changes; a new cluster begins with 1.</summary>
    public ulong Revision { get; }

    /// <summary>The users by their names, in the order of the names' bytes. Not to be changed.</summary>
    internal ImmutableSortedDictionary<string, User> Users { get; }

    /// <summary>The roles by their names, in the order of the names' bytes. Not to be changed.</summary>
    internal ImmutableSortedDictionary<string, Role> Roles { get; }

    /// <summary>The names of all users, in the order of their bytes.</summary>
    public IEnumerable<string> UserNames => Users.Keys;

    /// <summary>The names of all roles, in the order of their bytes.</summary>
    public IEnumerable<string> RoleNames => Roles.Keys;

    /// <summary>A user's roles in their order, or null where there is no such user.</summary>
    public IReadOnlyList<string>? RolesOf(string user) => Users.GetValueOrDefault(user)?.Roles;

    /// <summary>A role's permissions in the order of their keys, or null where there is no such role.</summary>
    public IReadOnlyList<Permission>? PermissionsOf(string role) => Roles.GetValueOrDefault(role)?.KeyPermission;

    /// <summary>Whether the backend's file takes a user or a role of that name; etcd does not look, and ends.</summary>
    public static bool FitsFile(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Encoding.UTF8.GetByteCount(name) <= BoltBucket.MaxKeyBytes;
    }

    /// <summary>How a user logs in, or null where there is no such user.</summary>
    public UserCredentials? CredentialsOf(string user) => Users.GetValueOrDefault(user) is { } found
        ? new UserCredentials(found.Password.Memory, found.Options is { NoPassword: true })
        : null;

    /// <summary>Whether a user has a role.</summary>
    public bool HasRole(string user, string role) => Users.GetValueOrDefault(user)?.Roles.Contains(role) == true;

    /// <summary>Why a user may not manage the cluster, or null.</summary>
    /// <remarks>The revision is not looked at, as in etcd: whether somebody is root now is what counts.</remarks>
    public EtcdError? CheckRoot(AuthIdentity identity)
    {
        if (!IsEnabled)
        {
            return null;
        }

        if (identity.User.Length == 0)
        {
            return EtcdErrors.UserNameEmpty;
        }

        return RightsOf(identity.User) is not { } found ? EtcdErrors.UserNotFound : found.IsRoot ? null : EtcdErrors.PermissionDenied;
    }

    /// <summary>Why a caller that is nobody is refused, or null.</summary>
    public EtcdError? CheckUser(AuthIdentity identity) => IsEnabled && !identity.IsKnown ? EtcdErrors.UserNameEmpty : null;

    /// <summary>Why what is known of a caller says nothing of its rights, or null.</summary>
    public EtcdError? CheckCurrent(AuthIdentity identity) =>
        CheckUser(identity) ?? (IsEnabled && identity.Revision < Revision ? EtcdErrors.AuthOldRevision : null);

    /// <summary>Why nothing is read for a caller that is known by another picture than this one, or null: a later one too, where this
    /// member is behind.</summary>
    public EtcdError? CheckSame(AuthIdentity identity) =>
        IsEnabled && identity.IsKnown && identity.Revision != Revision ? EtcdErrors.AuthOldRevision : null;

    /// <summary>Why keys may not be read, or null.</summary>
    /// <param name="identity">Who asks.</param>
    /// <param name="key">The key, or the first one.</param>
    /// <param name="rangeEnd">The first key behind, as in requests.</param>
    public EtcdError? CheckRead(AuthIdentity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        EtcdError? refusal = Find(identity, out UserRights? found);
        return refusal is not null || found is null || found.IsRoot || found.Readable.Contains(key, rangeEnd)
            ? refusal
            : EtcdErrors.PermissionDenied;
    }

    /// <summary>Why keys may not be written, or null.</summary>
    /// <param name="identity">Who asks.</param>
    /// <param name="key">The key, or the first one.</param>
    /// <param name="rangeEnd">The first key behind, as in requests.</param>
    public EtcdError? CheckWrite(AuthIdentity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        EtcdError? refusal = Find(identity, out UserRights? found);
        return refusal is not null || found is null || found.IsRoot || found.Writable.Contains(key, rangeEnd)
            ? refusal
            : EtcdErrors.PermissionDenied;
    }

    /// <summary>
    /// Whether a token was signed before its user was deleted or had the password that it has now: it is worth nothing. etcd lets it pass
    /// until it is over, where no key is asked for.
    /// </summary>
    public bool IsOutdated(AuthIdentity identity) => identity.IsKnown && identity.Revision < passwords.Of(identity.User);

    /// <summary>Whether a user may do everything, or nobody is asked who they are.</summary>
    public bool IsUnlimited(AuthIdentity identity) => CheckRoot(identity) is null;

    /// <summary>What users and roles a backend holds.</summary>
    /// <exception cref="InvalidDataException">A bucket holds something else.</exception>
    internal static AuthTable Restore(BackendView view)
    {
        if (!view.Transaction.TryGetBucket(Schema.Auth, out BoltBucket? auth))
        {
            return Empty;
        }

        bool isEnabled = auth.TryGet(Schema.AuthEnabled, out ReadOnlySpan<byte> flag) && flag is [1];
        ulong revision = auth.TryGet(Schema.AuthRevision, out ReadOnlySpan<byte> counted) && counted.Length == sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64BigEndian(counted)
            : 1;
        return new AuthTable(
            isEnabled,
            Math.Max(1, revision),
            NoUsers.AddRange(Read(view, Schema.AuthUsers, User.Parser, static user => user.Name)),
            NoRoles.AddRange(Read(view, Schema.AuthRoles, Role.Parser, static role => role.Name)),
            PasswordAges.AllOf(Math.Max(1, revision)));
    }

    /// <summary>The table with other users or roles, which counts as a change.</summary>
    internal AuthTable With(
        ImmutableSortedDictionary<string, User>? users = null, ImmutableSortedDictionary<string, Role>? roles = null) =>
        new(IsEnabled, Revision + 1, users ?? Users, roles ?? Roles, passwords);

    /// <summary>The table with a user that is new, or has another password.</summary>
    internal AuthTable WithPassword(string name, User user) =>
        new(IsEnabled, Revision + 1, Users.SetItem(name, user), Roles, passwords.With(name, Revision + 1));

    /// <summary>The table without a user.</summary>
    internal AuthTable WithoutUser(string name) =>
        new(IsEnabled, Revision + 1, Users.Remove(name), Roles, passwords.With(name, Revision + 1));

    /// <summary>The table switched on: the revision stays, as in etcd, and what was granted before counts from now on.</summary>
    internal AuthTable Enabled() => new(true, Revision, Users, Roles, passwords);

    /// <summary>The table switched off.</summary>
    internal AuthTable Disabled() => new(false, Revision + 1, Users, Roles, passwords);

    /// <summary>Reports whose log-ins this table, which another member sent, makes worthless: the entries that did so were not applied
    /// here.</summary>
    internal void ReportChanges(AuthTable former, IAuthEvents events)
    {
        if (!IsEnabled)
        {
            events.Disabled();
            return;
        }

        foreach ((string name, User user) in former.Users)
        {
            if (Users.GetValueOrDefault(name)?.Password != user.Password)
            {
                events.Invalidated(name);
            }
        }
    }

    private EtcdError? Find(AuthIdentity identity, out UserRights? found)
    {
        found = null;
        if (!IsEnabled)
        {
            return null;
        }

        if (CheckCurrent(identity) is { } refusal)
        {
            return refusal;
        }

        found = RightsOf(identity.User);
        return found is null ? EtcdErrors.PermissionDenied : null;
    }

    private UserRights? RightsOf(string user)
    {
        if (rights.TryGetValue(user, out UserRights? known))
        {
            return known;
        }

        return Users.TryGetValue(user, out User? found)
            ? rights.GetOrAdd(user, UserRights.Of(found, role => Roles.GetValueOrDefault(role)))
            : null;
    }

    private static List<KeyValuePair<string, T>> Read<T>(
        BackendView view, ReadOnlySpan<byte> name, MessageParser<T> parser, Func<T, ByteString> nameOf)
        where T : class, IMessage<T>
    {
        List<KeyValuePair<string, T>> read = [];
        if (view.Transaction.TryGetBucket(name, out BoltBucket? bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                T record = Parse(parser, cursor.Value);
                read.Add(new KeyValuePair<string, T>(nameOf(record).ToStringUtf8(), record));
            }
        }

        return read;
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> record)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(record);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("the backend's users and roles hold what is neither", failure);
        }
    }
}

/// <summary>How a user logs in.</summary>
/// <param name="PasswordHash">The bcrypt hash of the password, as text in ASCII.</param>
/// <param name="HasNoPassword">Whether the user has none, and is known by a certificate alone.</param>
public readonly record struct UserCredentials(ReadOnlyMemory<byte> PasswordHash, bool HasNoPassword);
