import { Profile } from "../parts/Profile.tsx";
import { Scenes } from "../parts/Scenes.tsx";
import { TokenLife } from "../parts/TokenLife.tsx";

export function Overview() {
  return (
    <>
      <h1>Overview</h1>
      <div className="pair">
        <Profile />
        <TokenLife />
      </div>
      <Scenes />
    </>
  );
}
