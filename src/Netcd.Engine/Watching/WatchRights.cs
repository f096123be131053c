using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Watching;

/// <summary>Who may have which watch, when it begins and while it runs: it ends with the right to it.</summary>
/// <param name="users">Users and roles as of now.</param>
internal sealed class WatchRights(AuthTable users)
{
    /// <summary>The streams that have or had watches.</summary>
    private readonly HashSet<WatchStream> streams = [];
    private AuthTable users = users;

    /// <summary>Looks after the watches of a stream.</summary>
    public void Add(WatchStream stream) => streams.Add(stream);

    /// <summary>The stream has no watches any more.</summary>
    public void Remove(WatchStream stream) => streams.Remove(stream);

    /// <summary>Why a caller may not have a watch, or null.</summary>
    public EtcdError? Check(WatchCaller caller, WatchCreateRequest request)
    {
        if (!users.IsEnabled)
        {
            return null;
        }

        ReadOnlySpan<byte> key = request.Key.IsEmpty ? [0] : request.Key.Span;
        return caller.Refusal ?? users.CheckRead(caller.Identity, key, request.RangeEnd.Span);
    }

    /// <summary>The owner of a watch that a caller may have.</summary>
    public WatchOwner OwnerOf(WatchCaller caller) => new(caller.Identity.User, PasswordOf(caller.Identity.User));

    /// <summary>The watches that may not go on under another picture of users and roles, and why. That these were changed at all ends
    /// none.</summary>
    public IReadOnlyList<(Watch Watch, EtcdError Denial)> Denied(AuthTable current)
    {
        if (ReferenceEquals(current, users))
        {
            return [];
        }

        users = current;
        List<(Watch, EtcdError)> denied = [];
        foreach (Watch watch in streams.SelectMany(static stream => stream.Watches.Values))
        {
            if (!watch.IsOver && CheckAgain(watch) is { } denial)
            {
                denied.Add((watch, denial));
            }
        }

        return denied;
    }

    private EtcdError? CheckAgain(Watch watch)
    {
        if (!users.IsEnabled)
        {
            return null;
        }

        string user = watch.Owner.User;
        if (watch.Owner.Password is { } password && PasswordOf(user) is { } now && now != password)
        {
            return EtcdErrors.InvalidAuthToken;
        }

        ReadOnlySpan<byte> end = watch.Range.End switch
        {
            null => [],
            [] => [0],
            { } behind => behind,
        };
        return users.CheckRead(new AuthIdentity(user, user.Length == 0 ? 0 : users.Revision), watch.Range.Start, end);
    }

    private ByteString? PasswordOf(string user) => users.Users.GetValueOrDefault(user)?.Password;
}

/// <summary>Whose watch it is.</summary>
/// <param name="User">The user; empty for nobody.</param>
/// <param name="Password">The hash of the user's password when the watch was asked for, null where there was no such user: nobody goes on
/// by a password that was changed.</param>
internal readonly record struct WatchOwner(string User, ByteString? Password);
