using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Watching;

/// <summary>Who asks for a watch.</summary>
/// <param name="Identity">The caller, as was found out when it asked.</param>
/// <param name="Refusal">Why nobody knows who that is; null where it is known, or nobody needs to know.</param>
public readonly record struct WatchCaller(AuthIdentity Identity, EtcdError? Refusal = null)
{
    /// <summary>A watch of this program's own.</summary>
    public static WatchCaller None { get; } = new(AuthIdentity.None);
}
